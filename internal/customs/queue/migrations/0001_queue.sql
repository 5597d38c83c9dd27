-- Parcels that wait for an officer, and what officers did about them.
create table queue_items (
    parcel      bigint  not null primary key,
    queue       bigint  not null, -- 1 review, 2 inspection, 3 detention, 4 return abroad; 0 in none any more
    state       bigint  not null,
    status      bigint  not null, -- receipt status that put it here
    since       bigint  not null, -- µs UTC
    due         bigint  not null, -- µs UTC; 0 none
    priority    bigint  not null, -- 0, 1, 2
    place       bigint  not null, -- order in the queue: smaller is earlier
    direction   text    not null,
    mode        text    not null,
    order_no    text    not null,
    invt_no     text    not null,
    merchant    text    not null,
    agent       text    not null,
    customs     text    not null,
    value       bigint  not null, -- fen
    tax         bigint  not null, -- fen
    code        text    not null, -- of the first reason
    reasons     bytea   not null, -- sealed
    decision    bigint  not null, -- that put it here
    claimed_by  text    not null,
    claim_name  text    not null,
    claim_until bigint  not null, -- µs UTC
    acts        bigint  not null, -- number of the last act
    verdict     bigint  not null, -- act of the verdict that is on its way; 0 none
    left_at     bigint  not null  -- µs UTC; 0 it is there
);
create index queue_items_by_place on queue_items (queue, place, parcel);
create index queue_items_by_officer on queue_items (claimed_by, queue, place, parcel);

create table queue_acts (
    parcel   bigint not null,
    number   bigint not null, -- 1, 2, 3 … of the parcel
    at       bigint not null, -- µs UTC
    kind     text   not null, -- claim, release, takeover, note, verdict, done, failed
    officer  text   not null,
    name     text   not null,
    status   bigint not null, -- of a verdict
    decision bigint not null, -- that answered it; 0 none yet
    body     bytea  not null, -- sealed: reason or note
    primary key (parcel, number)
);
