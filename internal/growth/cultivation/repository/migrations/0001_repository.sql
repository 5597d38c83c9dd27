-- Enterprises of the cultivation repository, their tiers over time, who is in
-- charge of each, visits, and applications for status that are followed.
create table repository_enterprises (
    code    text    not null primary key, -- customs code of the filing
    tier    text    not null, -- grade of the score card; '' none
    points  bigint  not null, -- thousandths
    year    bigint  not null, -- of the figures
    score   text    not null, -- working, JSON
    at      bigint  not null, -- µs UTC, when it was computed
    changes bigint  not null, -- how many tiers it has had
    officer text    not null, -- account in charge; '' none
    name    text    not null, -- its name
    since   bigint  not null, -- µs UTC, of the officer
    is_key  boolean not null  -- has a service card
);
create index repository_enterprises_by_tier on repository_enterprises (tier, points, code);
create index repository_enterprises_by_officer on repository_enterprises (officer, code);

create table repository_tiers (
    code   text   not null references repository_enterprises (code),
    number bigint not null,
    tier   text   not null,
    points bigint not null,
    year   bigint not null,
    score  text   not null, -- working, JSON
    at     bigint not null, -- µs UTC
    primary key (code, number)
);

create table repository_visits (
    code     text   not null references repository_enterprises (code),
    number   bigint not null,
    day      bigint not null, -- yyyymmdd
    kind     text   not null, -- visit, call, meeting, note
    account  text   not null,
    name     text   not null,
    next_day bigint not null, -- yyyymmdd; 0 none
    note     bytea  not null, -- sealed, bound to code and number
    primary key (code, number)
);

create table repository_milestones (
    code  text   not null references repository_enterprises (code),
    kind  text   not null, -- high-tech, little-giant, specialised, advanced-service
    stage text   not null, -- planned, preparing, applied, recognised, refused
    day   bigint not null, -- yyyymmdd
    note  text   not null,
    primary key (code, kind, stage)
);

create table repository_runs (
    month bigint not null primary key, -- yyyymm that was computed
    at    bigint not null,             -- µs UTC
    count bigint not null
);
