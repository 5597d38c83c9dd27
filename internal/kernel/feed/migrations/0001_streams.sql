-- Streams of facts and the outbox of commands (services database).
create table feed_streams (
  name   text   not null primary key,
  last   bigint not null
);

create table feed_events (
  stream  text   not null references feed_streams (name),
  seq     bigint not null,
  at      bigint not null,
  kind    text   not null,
  version bigint not null,
  body    bytea  not null,
  primary key (stream, seq)
);

create table outbox (
  id        bigint  not null primary key,
  at        bigint  not null,
  kind      text    not null,
  body      bytea   not null,
  delivered boolean not null
);
