-- Fairs, their booths by category, and applications for booths.
create table fair_fairs (
    id       bigint not null primary key,
    title    text   not null,
    place    text   not null,
    starts   bigint not null, -- day, yyyymmdd
    ends     bigint not null,
    opens    bigint not null, -- first day of applications
    closes   bigint not null, -- last day of applications
    card     text   not null, -- id of the score card by which booths are given
    state    text   not null, -- open, published, closed, cancelled
    published bigint not null -- µs UTC; 0: not yet
);

create table fair_categories (
    fair   bigint not null references fair_fairs (id),
    id     text   not null,
    title  text   not null,
    booths bigint not null,
    fee    bigint not null, -- fen a booth
    primary key (fair, id)
);

create table fair_applications (
    id         bigint not null primary key,
    fair       bigint not null references fair_fairs (id),
    category   text   not null,
    enterprise text   not null,
    booths     bigint not null, -- asked for
    given      bigint not null,
    goods      text   not null,
    state      text   not null, -- applied, given, waiting, withdrawn, attended, absent
    at         bigint not null, -- µs UTC
    points     bigint not null, -- thousandths
    rank       bigint not null, -- in its category, from 1; 0: not ranked
    score      text   not null, -- working, JSON
    fee        bigint not null, -- fen that was paid for the booths, as confirmed
    foreign key (fair, category) references fair_categories (fair, id)
);
create index fair_applications_by_fair on fair_applications (fair, category, rank, id);
create index fair_applications_by_enterprise on fair_applications (enterprise, fair);
