-- Events with capacity, and who registered.
create table event_events (
    id        bigint not null primary key,
    kind      text   not null, -- contest, skills, salon, job-fair, matchmaking, training
    title     text   not null,
    place     text   not null,
    summary   text   not null,
    host      text   not null, -- party that holds it
    starts    bigint not null, -- µs UTC
    ends      bigint not null,
    closes    bigint not null, -- end of registration
    capacity  bigint not null,
    state     text   not null  -- open, cancelled, held
);
create index event_events_by_start on event_events (starts, id);

create table event_registrations (
    event   bigint not null references event_events (id),
    number  bigint not null, -- 1, 2, 3 … as they came
    party   text   not null,
    account text   not null,
    state   text   not null, -- registered, waiting, cancelled, attended, missed
    at      bigint not null, -- µs UTC
    name    bytea  not null, -- who comes; sealed, bound to event and number
    code    text   not null, -- for the check-in
    primary key (event, number)
);
create index event_registrations_by_party on event_registrations (party, event);
