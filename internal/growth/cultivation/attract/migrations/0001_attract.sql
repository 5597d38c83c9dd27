-- Leads of the attraction pipeline and when each reached which stage.
create table attract_leads (
    id         bigint  not null primary key,
    company    text    not null,
    country    text    not null, -- customs code of the country, 142 China
    kind       text    not null, -- platform, headquarters, functional-hq, operation, innovation, distribution, provider, logistics, other
    industry   text    not null,
    size       bigint  not null, -- fen, planned investment; 0 not known
    county     text    not null, -- division code
    is_leading    boolean not null,
    fortune    boolean not null, -- Fortune 500 or among the top 50 of its trade
    stage      text    not null, -- lead, talks, signed, registered, operating, lost
    since      bigint  not null, -- µs UTC, of the stage
    officer    text    not null, -- account in charge
    name       text    not null, -- its name
    next_step  text    not null,
    next_day   bigint  not null, -- yyyymmdd; 0 none
    enterprise text    not null, -- code once it is filed
    contact    bytea   not null, -- sealed, bound to the id
    revision   bigint  not null
);
create index attract_leads_by_stage on attract_leads (stage, next_day, id);

create table attract_stages (
    lead  bigint not null references attract_leads (id),
    stage text   not null,
    day   bigint not null, -- yyyymmdd on which it was first reached
    primary key (lead, stage)
);
create index attract_stages_by_day on attract_stages (stage, day);
