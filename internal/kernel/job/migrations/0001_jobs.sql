-- Work that goes on by itself (services database).
create table job_jobs (
  id           text   not null primary key,
  kind         text   not null,
  key          text   not null,
  owner        text   not null,
  org          text   not null,
  title        text   not null,
  state        text   not null,
  args         bytea  not null,
  attempts     bigint not null,
  most         bigint not null,
  due          bigint not null,
  lease        text   not null,
  done         bigint not null,
  total        bigint not null,
  note         text   not null,
  result       bytea  not null,
  problem      text   not null,
  created_at   bigint not null,
  finished_at  bigint not null
);
create unique index job_jobs_key on job_jobs (kind, key);
create index job_jobs_due on job_jobs (state, due);
create index job_jobs_owner on job_jobs (owner, created_at, id);
create index job_jobs_org on job_jobs (org, created_at, id);

create table job_files (
  job     text   not null references job_jobs (id),
  name    text   not null,
  number  bigint not null,
  data    bytea  not null,
  primary key (job, name, number)
);
