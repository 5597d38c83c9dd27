-- Files lodged with something (owner), sealed in pieces. The name is sealed too: people write names of people into it.
create table blob_files (
  id     text   not null primary key,
  owner  text   not null,
  slot   text   not null,
  name   bytea  not null,
  media  text   not null,
  size   bigint not null,
  sha256 bytea  not null,
  at     bigint not null,
  lodged_by text not null
);
create index blob_files_owner on blob_files (owner, at, id);

create table blob_chunks (
  file   text   not null references blob_files (id),
  number bigint not null,
  data   bytea  not null,
  primary key (file, number)
);
