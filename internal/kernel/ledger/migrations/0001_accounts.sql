-- Accounts, transfers and their legs. Amounts are in the account's unit.
-- The limits stand as a check too: the last line of defence, whatever the code does.
create table ledger_accounts (
  name      text    not null primary key,
  unit      bigint  not null check (unit between 1 and 4),
  floor     bigint  not null,
  ceiling   bigint  not null,
  balance   bigint  not null,
  legs      bigint  not null,
  opened_at bigint  not null,
  check (balance between floor and ceiling)
);

create table ledger_transfers (
  key       text    not null primary key,
  hash      bytea   not null,
  at        bigint  not null,
  memo      text    not null
);

create table ledger_legs (
  account   text    not null references ledger_accounts (name),
  number    bigint  not null,
  transfer  text    not null references ledger_transfers (key),
  amount    bigint  not null check (amount <> 0),
  balance   bigint  not null,
  primary key (account, number)
);
create unique index ledger_legs_transfer on ledger_legs (transfer, account);
