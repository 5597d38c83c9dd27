-- Places and people that can be booked, and bookings.
create table booking_resources (
    id           bigint  not null primary key,
    kind         text    not null, -- workstation, live-room, mentor, meeting-room
    title        text    not null,
    place        text    not null,
    owner        text    not null, -- party that keeps it
    seats        bigint  not null, -- how many bookings at the same time
    slot         bigint  not null, -- minutes
    opens        bigint  not null, -- minute of the day
    closes       bigint  not null,
    weekdays     bigint  not null, -- bit 0 Sunday … bit 6 Saturday
    ahead        bigint  not null, -- days that can be booked ahead
    cancel_hours bigint  not null, -- until how long before one may cancel
    most_slots   bigint  not null, -- of a booking
    active       boolean not null,
    note         text    not null
);

create table booking_bookings (
    id       bigint not null primary key,
    resource bigint not null references booking_resources (id),
    party    text   not null,
    account  text   not null,
    seat     bigint not null,
    starts   bigint not null, -- µs UTC
    ends     bigint not null,
    state    text   not null, -- booked, cancelled, attended, missed
    made     bigint not null,
    purpose  bytea  not null  -- sealed, bound to the id
);
create index booking_bookings_by_party on booking_bookings (party, starts, id);
create index booking_bookings_by_resource on booking_bookings (resource, starts, id);

-- One row a seat and slot that is taken: the key keeps two from having it.
create table booking_slots (
    resource bigint not null references booking_resources (id),
    starts   bigint not null, -- µs UTC
    seat     bigint not null,
    booking  bigint not null references booking_bookings (id),
    primary key (resource, starts, seat)
);
create index booking_slots_by_booking on booking_slots (booking);
