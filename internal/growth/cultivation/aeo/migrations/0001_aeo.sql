-- Self-checks against the AEO standard and what is to be mended.
create table aeo_checks (
    id         bigint not null primary key,
    enterprise text   not null,
    at         bigint not null, -- µs UTC
    year       bigint not null, -- of the platform's figures
    answers    text   not null, -- JSON: fact → yes or no
    score      text   not null, -- points with working, JSON; '' before it was scored
    grade      text   not null,
    matter     text   not null  -- number of the guidance case; '' none
);
create index aeo_checks_by_enterprise on aeo_checks (enterprise, id);

create table aeo_tasks (
    enterprise text   not null,
    indicator  text   not null, -- line of the score card
    title_zh   text   not null,
    title_en   text   not null,
    state      text   not null, -- open, done (says the enterprise), confirmed
    since      bigint not null, -- µs UTC
    note       bytea  not null, -- sealed, bound to enterprise and indicator
    primary key (enterprise, indicator)
);
