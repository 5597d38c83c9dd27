-- Small payments that prove a bank account. account and amount are sealed; account_key finds an account again.
create table certify_challenges (
  id          text   not null primary key,
  number      bigint not null,
  matter      text   not null,
  org         text   not null,
  account_key bytea  not null,
  account     bytea  not null,
  amount      bytea  not null,
  state       text   not null,
  tries       bigint not null,
  created     bigint not null,
  expires     bigint not null,
  paid        bigint not null,
  confirmed   bigint not null
);
create unique index certify_challenges_number on certify_challenges (number);
create index certify_challenges_matter on certify_challenges (matter, number);
create index certify_challenges_org on certify_challenges (org, created);
create index certify_challenges_state on certify_challenges (state, number);

-- When each filing ends and is to be looked at again.
create table certify_reviews (
  filing  text   not null primary key,
  name    text   not null,
  until   bigint not null,
  due     bigint not null,
  done    bigint not null,
  done_by text   not null,
  passed  boolean not null,
  note    text   not null
);
create index certify_reviews_due on certify_reviews (due, filing);
create index certify_reviews_until on certify_reviews (until, filing);
