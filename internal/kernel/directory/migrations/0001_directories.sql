-- Entries of all directories. fields are those in clear as JSON, private the personal ones, sealed; proposal is a change that waits, sealed whole.
create table directory_entries (
  serial      bigint not null primary key,
  directory   text   not null,
  id          text   not null,
  owner       text   not null,
  name        text   not null,
  state       text   not null,
  revision    bigint not null,
  fields      text   not null,
  private     bytea  not null,
  proposal    bytea  not null,
  proposed    text   not null,
  search      text   not null,
  unique_key  text   not null,
  parent      text   not null,
  code        text   not null,
  matter      text   not null,
  shipped     text   not null,
  source      text   not null,
  mark        text   not null,
  reason      bytea  not null,
  valid_from  bigint not null,
  valid_to    bigint not null,
  due         bigint not null,
  told        bigint not null,
  stars       bigint not null,
  ratings     bigint not null,
  score       bigint not null,
  created     bigint not null,
  changed     bigint not null
);
create unique index directory_entries_id on directory_entries (directory, id);
create unique index directory_entries_key on directory_entries (directory, unique_key);
create unique index directory_entries_code on directory_entries (code);
create index directory_entries_name on directory_entries (directory, state, name, serial);
create index directory_entries_owner on directory_entries (owner, directory, serial);
create index directory_entries_parent on directory_entries (directory, parent, serial);
create index directory_entries_work on directory_entries (state, proposed, serial);
create index directory_entries_ends on directory_entries (state, valid_to);
create index directory_entries_due on directory_entries (state, due);

-- Values that entries are chosen and counted by.
create table directory_values (
  serial bigint not null references directory_entries (serial),
  field  text   not null,
  value  text   not null,
  primary key (serial, field, value)
);
create index directory_values_value on directory_values (field, value, serial);

-- Every revision as it stood after an act. reason is sealed.
create table directory_revisions (
  serial   bigint not null references directory_entries (serial),
  revision bigint not null,
  at       bigint not null,
  actor    text   not null,
  org      text   not null,
  act      text   not null,
  state    text   not null,
  reason   bytea  not null,
  fields   text   not null,
  private  bytea  not null,
  primary key (serial, revision)
);

-- Ratings by clients, one a client and year. What people wrote is sealed.
create table directory_ratings (
  serial     bigint  not null references directory_entries (serial),
  rater      text    not null,
  year       bigint  not null,
  stars      bigint  not null,
  words      bytea   not null,
  answer     bytea   not null,
  hidden     boolean not null,
  why_hidden bytea   not null,
  rated_by   text    not null,
  rated_at   bigint  not null,
  primary key (serial, rater, year)
);
create index directory_ratings_time on directory_ratings (serial, rated_at);
