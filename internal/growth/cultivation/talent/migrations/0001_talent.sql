-- Vacancies, profiles of people, applications, training to order, employment.
create table talent_vacancies (
    id          bigint not null primary key,
    party       text   not null, -- enterprise code
    title       text   not null,
    place       text   not null, -- division code
    skills      text   not null, -- with spaces between
    languages   text   not null,
    people      bigint not null,
    salary_from bigint not null, -- fen a month; 0 not said
    salary_to   bigint not null,
    until       bigint not null, -- yyyymmdd
    state       text   not null  -- open, closed
);
create index talent_vacancies_by_party on talent_vacancies (party, id);

create table talent_profiles (
    number    bigint  not null primary key,
    account   text    not null unique, -- whose it is
    skills    text    not null,
    languages text    not null,
    places    text    not null,
    degree    text    not null,
    shown     boolean not null, -- offered to employers, masked
    body      bytea   not null  -- name, telephone, mail, about: sealed, bound to the number
);

create table talent_applications (
    id       bigint not null primary key,
    vacancy  bigint not null references talent_vacancies (id),
    profile  bigint not null references talent_profiles (number),
    state    text   not null, -- asked (by the employer), agreed (contacts shown), declined, hired
    at       bigint not null, -- µs UTC
    unique (vacancy, profile)
);
create index talent_applications_by_profile on talent_applications (profile, id);

create table talent_orders (
    id        bigint not null primary key,
    party     text   not null, -- enterprise that orders
    school    text   not null,
    skill     text   not null,
    people    bigint not null,
    starts    bigint not null, -- yyyymmdd
    ends      bigint not null,
    state     text   not null, -- open, training, done, cancelled
    enrolled  bigint not null,
    graduated bigint not null,
    employed  bigint not null
);
create index talent_orders_by_party on talent_orders (party, id);

create table talent_employments (
    id         bigint not null primary key,
    person     text   not null, -- keyed hash of the identity number, hexadecimal
    enterprise text   not null,
    job        text   not null,
    from_day   bigint not null, -- yyyymmdd
    to_day     bigint not null, -- last day; 0: still employed
    state      text   not null, -- filed, confirmed, refused
    reason     text   not null, -- of a refusal
    name       bytea  not null  -- sealed, bound to the id
);
create index talent_employments_by_enterprise on talent_employments (enterprise, id);
create index talent_employments_by_person on talent_employments (person, from_day);
