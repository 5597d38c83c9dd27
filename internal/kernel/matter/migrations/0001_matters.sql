-- Applications, each with the version of the definition it is carried by. form and findings are sealed.
create table matter_matters (
  serial     bigint not null primary key,
  number     text   not null,
  definition text   not null,
  version    text   not null,
  subject    text   not null,
  org        text   not null,
  owner      text   not null,
  start_key  text   not null,
  state      text   not null,
  step       text   not null,
  officer    text   not null,
  consulted  text   not null,
  revision   bigint not null,
  form       bytea  not null,
  findings   bytea  not null,
  created    bigint not null,
  changed    bigint not null,
  submitted  bigint not null,
  due        bigint not null,
  closed     bigint not null
);
create unique index matter_matters_number on matter_matters (number);
create unique index matter_matters_start on matter_matters (owner, start_key);
create index matter_matters_org on matter_matters (org, serial);
create index matter_matters_owner on matter_matters (owner, serial);
create index matter_matters_work on matter_matters (state, definition, step, serial);
create index matter_matters_due on matter_matters (state, due);
create index matter_matters_subject on matter_matters (subject, serial);

-- Every act. note is sealed; act_key makes a repeated act happen once.
create table matter_history (
  serial   bigint  not null references matter_matters (serial),
  number   bigint  not null,
  at       bigint  not null,
  actor    text    not null,
  org      text    not null,
  act      text    not null,
  step     text    not null,
  state    text    not null,
  note     bytea   not null,
  internal boolean not null,
  revision bigint  not null,
  act_key  text    not null,
  primary key (serial, number)
);
create unique index matter_history_key on matter_history (serial, act_key);

-- Letters of results, found by the code that is printed on them. body is sealed.
create table matter_letters (
  code   text   not null primary key,
  serial bigint not null references matter_matters (serial),
  result text   not null,
  at     bigint not null,
  body   bytea  not null
);
create unique index matter_letters_serial on matter_letters (serial);
