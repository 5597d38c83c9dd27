-- What a matter belongs to and who acts: the matter that it appeals against or
-- that bundles it, the agent with the client it acts for, the roles whose opinion
-- is waited for, that were ever asked, and to whom it was escalated (',tax,fx,').
-- marks is sealed: what the applicant is asked to complete.
alter table matter_matters add column parent text not null default '';
alter table matter_matters add column relation text not null default '';
alter table matter_matters add column agent text not null default '';
alter table matter_matters add column client text not null default '';
alter table matter_matters add column asked text not null default '';
alter table matter_matters add column escalated text not null default '';
alter table matter_matters add column marks bytea;
create index matter_matters_parent on matter_matters (parent, serial);
create index matter_matters_agent on matter_matters (agent, serial);
create index matter_matters_closed on matter_matters (definition, closed);

-- Definitions as they were when an application was started by them: an
-- application is carried by its version even if no pack has it any more.
create table matter_definitions (
  definition text not null,
  version    text not null,
  digest     text not null,
  body       text not null,
  primary key (definition, version)
);

-- Opinions that other departments were asked for. question and note are sealed.
create table matter_opinions (
  serial      bigint  not null references matter_matters (serial),
  number      bigint  not null,
  role        text    not null,
  step        text    not null,
  asked_at    bigint  not null,
  asked_by    text    not null,
  due         bigint  not null,
  told        boolean not null,
  answered_at bigint  not null,
  answered_by text    not null,
  stance      text    not null,
  note        bytea,
  primary key (serial, number)
);
create index matter_opinions_due on matter_opinions (answered_at, due);
insert into matter_opinions (serial, number, role, step, asked_at, asked_by, due, told, answered_at, answered_by, stance)
  select serial, 1, consulted, step, changed, '', 0, true, 0, '', '' from matter_matters where consulted <> '';
update matter_matters set consulted = ',' || consulted || ',', asked = ',' || consulted || ',' where consulted <> '';

-- The passages of matters through their steps, for figures of lateness.
create table matter_passages (
  serial     bigint not null references matter_matters (serial),
  number     bigint not null,
  definition text   not null,
  step       text   not null,
  department text   not null,
  entered    bigint not null,
  due        bigint not null,
  done_at    bigint not null,
  done_day   bigint not null,
  actor      text   not null,
  primary key (serial, number)
);
create index matter_passages_done on matter_passages (done_day, department);

-- A matter that was opened again after an appeal gets a second letter; the first
-- is superseded.
drop index matter_letters_serial;
alter table matter_letters add column superseded boolean not null default false;
create index matter_letters_serial on matter_letters (serial, at);
