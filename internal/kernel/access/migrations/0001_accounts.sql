-- Organisations: who people and keys belong to.
create table access_orgs (
  id         text    not null primary key,
  kind       text    not null,
  name       text    not null,
  filing     text    not null,
  active     boolean not null,
  created_at bigint  not null
);
create index access_orgs_filing on access_orgs (filing);

-- The enterprise codes of an organisation: customs code, USCC. A code is one organisation's.
create table access_codes (
  code text not null primary key,
  org  text not null references access_orgs (id)
);
create index access_codes_org on access_codes (org);

-- People. Name and mail are sealed. org is empty for consumers.
create table access_people (
  id           text    not null primary key,
  org          text    not null,
  login        text    not null,
  name         bytea   not null,
  mail         bytea   not null,
  roles        text    not null,
  active       boolean not null,
  password     text    not null,
  code         bytea   not null,
  code_until   bigint  not null,
  totp         bytea   not null,
  totp_step    bigint  not null,
  handle       bytea   not null,
  person       bytea   not null,
  language     text    not null,
  theme        text    not null,
  created_at   bigint  not null,
  password_at  bigint  not null
);
create unique index access_people_login on access_people (login);
create unique index access_people_handle on access_people (handle);
create index access_people_org on access_people (org, login);
create index access_people_person on access_people (person);

-- Recovery codes that were not used yet, hashed.
create table access_recovery (
  person text  not null references access_people (id),
  code   bytea not null,
  primary key (person, code)
);

create table access_passkeys (
  id         bytea  not null primary key,
  person     text   not null references access_people (id),
  name       text   not null,
  credential bytea  not null,
  signs      bigint not null,
  created_at bigint not null,
  used_at    bigint not null
);
create index access_passkeys_person on access_passkeys (person);

-- Who a person is at a single sign-on provider.
create table access_links (
  issuer     text   not null,
  subject    text   not null,
  provider   text   not null,
  person     text   not null references access_people (id),
  created_at bigint not null,
  primary key (issuer, subject)
);
create index access_links_person on access_links (person);

-- Sessions by the hash of their token.
create table access_sessions (
  hash      bytea   not null primary key,
  id        text    not null,
  person    text    not null references access_people (id),
  way       text    not null,
  strong    boolean not null,
  started   bigint  not null,
  proved    bigint  not null,
  seen      bigint  not null,
  until     bigint  not null,
  device    text    not null,
  address   text    not null
);
create unique index access_sessions_id on access_sessions (id);
create index access_sessions_person on access_sessions (person, started);
create index access_sessions_until on access_sessions (until);

-- Failed sign-ins by the keyed hash of the name that was typed, there or not.
create table access_attempts (
  name     bytea  not null primary key,
  failures bigint not null,
  at       bigint not null,
  until    bigint not null
);
create index access_attempts_at on access_attempts (at);

-- API keys, and their secrets: a key has two while it is rotated.
create table access_keys (
  id          text    not null primary key,
  org         text    not null references access_orgs (id),
  name        text    not null,
  permissions text    not null,
  codes       text    not null,
  sandbox     boolean not null,
  created_at  bigint  not null,
  created_by  text    not null,
  until       bigint  not null,
  revoked_at  bigint  not null,
  used_at     bigint  not null
);
create index access_keys_org on access_keys (org, created_at);

create table access_secrets (
  prefix     text   not null primary key,
  key        text   not null references access_keys (id),
  hash       bytea  not null,
  created_at bigint not null,
  until      bigint not null
);
create index access_secrets_key on access_secrets (key);

-- Mandates: agent acts for client. What became of one stands in the history.
create table access_mandates (
  id         text   not null primary key,
  agent      text   not null references access_orgs (id),
  client     text   not null references access_orgs (id),
  kinds      text   not null,
  from_day   bigint not null,
  to_day     bigint not null,
  state      text   not null,
  offered_by text   not null,
  changed_at bigint not null
);
create index access_mandates_agent on access_mandates (agent, state);
create index access_mandates_client on access_mandates (client, state);

create table access_mandate_history (
  mandate text   not null references access_mandates (id),
  number  bigint not null,
  at      bigint not null,
  actor   text   not null,
  act     text   not null,
  note    text   not null,
  primary key (mandate, number)
);

-- The code with which the first administrator is made, hashed; one row.
create table access_setup (
  id      bigint not null primary key,
  code    bytea  not null,
  made_at bigint not null,
  used_at bigint not null
);
