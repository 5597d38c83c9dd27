-- Answered questions that an office published, in the words that it published:
-- no personal data. cites is JSON.
create table library_answers (
  serial       bigint not null primary key,
  number       text   not null,
  topic        text   not null,
  day          bigint not null,
  question     text   not null,
  reply        text   not null,
  cites        text   not null,
  published_at bigint not null,
  published_by text   not null
);
create unique index library_answers_number on library_answers (number);
