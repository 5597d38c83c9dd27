-- Claims of incentives: the clause, the figures and the working stand by value in body.
create table policy_claims (
  number         text   not null primary key, -- of the matter
  pack           text   not null,
  clause         text   not null,
  year           bigint not null, -- of the figures
  kind           text   not null, -- of the subject
  subject        text   not null,
  enterprise     text   not null, -- customs code of the beneficiary; '' none
  org            text   not null, -- that applied
  state          bigint not null, -- 1 asked, 2 granted, 3 paid, 4 ended without award, 5 taken back
  flow           text   not null,
  line           text   not null, -- of the budget; '' none
  budget_year    bigint not null, -- 0 before the grant
  most           bigint not null, -- fen; -1 the clause states no amount
  proposed       bigint not null, -- fen that the office proposes; -1 none yet
  granted        bigint not null, -- fen
  first_year     bigint not null, -- of the window of a cumulative cap; 0 none
  public_from    bigint not null, -- yyyymmdd; 0 not published
  public_to      bigint not null,
  list           text   not null, -- payment list that it stands in; '' none
  created        bigint not null,
  changed        bigint not null,
  payee          bytea  not null, -- sealed: name, bank, account
  body           bytea  not null  -- sealed: clause, figures, working
);
create index policy_claims_by_state on policy_claims (state, created, number);
create index policy_claims_by_subject on policy_claims (kind, subject, clause);
create index policy_claims_by_org on policy_claims (org, created, number);
create index policy_claims_by_public on policy_claims (public_from, number);

-- What an award uses up: a clause once, a fact of a year for a programme.
create table policy_uses (
  use_key   text not null primary key,
  programme text not null,
  claim     text not null
);
create index policy_uses_by_claim on policy_uses (claim);

create table policy_scores (
  claim  text   not null,
  member text   not null,
  points bigint not null, -- 0 to 100
  at     bigint not null,
  reason bytea  not null, -- sealed
  primary key (claim, member)
);

create table policy_objections (
  id       text   not null primary key,
  claim    text   not null,
  account  text   not null, -- '' a visitor
  state    bigint not null, -- 1 open, 2 upheld, 3 dismissed
  at       bigint not null,
  answered bigint not null,
  answerer text   not null,
  words    bytea  not null, -- sealed: what is objected, and how to reach the person
  answer   bytea  not null  -- sealed
);
create index policy_objections_by_claim on policy_objections (claim, at, id);
create index policy_objections_by_state on policy_objections (state, at, id);

-- Budgets: the ceilings themselves are limits of ledger accounts.
create table policy_budgets (
  year    bigint not null,
  line    text   not null, -- '' is the whole
  title   text   not null, -- Chinese
  title_en text  not null,
  origin  text   not null, -- pack and id, or 'office'
  opened  bigint not null,
  primary key (year, line)
);
create table policy_budget_changes (
  year   bigint not null,
  line   text   not null,
  number bigint not null,
  cap    bigint not null, -- fen
  at     bigint not null,
  actor  text   not null,
  reason text   not null,
  primary key (year, line, number)
);

create table policy_payment_lists (
  id        text   not null primary key,
  year      bigint not null,
  line      text   not null,
  flow      text   not null,
  state     bigint not null, -- 1 made, 2 checked, 3 done, 4 dropped
  made      bigint not null,
  made_by   text   not null,
  checked   bigint not null,
  checked_by text  not null,
  total     bigint not null
);
create index policy_payment_lists_by_state on policy_payment_lists (state, made, id);
create table policy_payments (
  list      text   not null,
  number    bigint not null,
  claim     text   not null,
  amount    bigint not null,
  state     bigint not null, -- 1 waiting, 2 paid, 3 left out
  reference text   not null, -- of the bank
  paid      bigint not null,
  paid_by   text   not null,
  primary key (list, number)
);
create index policy_payments_by_claim on policy_payments (claim);

create table policy_clawbacks (
  id         text   not null primary key,
  claim      text   not null,
  state      bigint not null, -- 1 proposed, 2 decided, 3 dropped, 4 returned
  amount     bigint not null, -- to be returned
  returned   bigint not null,
  opened     bigint not null,
  opened_by  text   not null, -- 'system': the watch
  decided    bigint not null,
  decided_by text   not null,
  reason     bytea  not null, -- sealed
  decision   bytea  not null  -- sealed
);
create index policy_clawbacks_by_claim on policy_clawbacks (claim, state);
create index policy_clawbacks_by_state on policy_clawbacks (state, opened, id);

-- Where a pack says that a clause's validity is not confirmed, an office may confirm it.
create table policy_confirmations (
  pack     text   not null,
  clause   text   not null,
  until    bigint not null, -- yyyymmdd; 0 open
  document text   not null,
  at       bigint not null,
  actor    text   not null,
  primary key (pack, clause)
);
create table policy_numbers (
  name text   not null primary key,
  last bigint not null
);
