-- How far each consumer has come in each stream: in the database of its effects.
create table feed_cursors (
  consumer text   not null,
  stream   text   not null,
  seq      bigint not null,
  at       bigint not null,
  primary key (consumer, stream)
);
