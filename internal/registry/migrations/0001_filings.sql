-- Enterprises filed, each stored whole (body: AppendFiling) with what is searched for beside it.
create table registry_filings (
  id           text   not null primary key,
  customs_code text,
  uscc         text,
  name         text   not null,
  kinds        bigint not null,
  revision     bigint not null,
  changed_at   bigint not null,
  body         bytea  not null
);
create unique index registry_filings_customs_code on registry_filings (customs_code);
create unique index registry_filings_uscc on registry_filings (uscc);
create index registry_filings_name on registry_filings (name);

create table registry_certificates (
  fingerprint text not null primary key,
  filing      text not null references registry_filings (id)
);
create index registry_certificates_filing on registry_certificates (filing);

-- Every revision there ever was.
create table registry_history (
  filing     text   not null references registry_filings (id),
  revision   bigint not null,
  at         bigint not null,
  changed_by text   not null,
  note       text   not null,
  body       bytea  not null,
  primary key (filing, revision)
);
