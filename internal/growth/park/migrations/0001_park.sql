-- Places: parks, belts, centres, incubators, warehouses, nodes. body is the whole place as JSON.
create table park_places (
  id         text   not null primary key,
  kind       text   not null,
  state      text   not null,
  org        text   not null,
  enterprise text   not null,
  county     text   not null,
  search     text   not null,
  revision   bigint not null,
  changed    bigint not null,
  body       text   not null
);
create index park_places_kind on park_places (kind, id);
create index park_places_org on park_places (org);
create index park_places_enterprise on park_places (enterprise);

-- Every revision of a place, and every act on it, on its members, goods and recognitions.
create table park_history (
  place      text   not null,
  line       bigint not null,
  at         bigint not null,
  changed_by text   not null,
  org        text   not null,
  act        text   not null,
  note       text   not null,
  body       text   not null,
  primary key (place, line)
);

-- Who is in a place, from when to when: tenants, suppliers, incubated enterprises, served ones.
create table park_members (
  number     bigint  not null primary key,
  place      text    not null,
  enterprise text    not null,
  role       text    not null,
  state      text    not null,
  since      bigint  not null,
  until      bigint  not null,
  space      bigint  not null,
  room       text    not null,
  published  boolean not null,
  note       text    not null,
  offered_by text    not null,
  answered   bigint  not null,
  revision   bigint  not null
);
create index park_members_place on park_members (place, enterprise, since);
create index park_members_enterprise on park_members (enterprise, number);

-- Goods on display in a centre.
create table park_goods (
  number       bigint  not null primary key,
  place        text    not null,
  belt         text    not null,
  factory      text    not null,
  factory_name text    not null,
  title        text    not null,
  hs           text    not null,
  price        bigint  not null,
  unit         text    not null,
  online       boolean not null,
  since        bigint  not null,
  until        bigint  not null,
  search       text    not null,
  revision     bigint  not null
);
create index park_goods_place on park_goods (place, number);
create index park_goods_belt on park_goods (belt, number);

-- Applications for recognition as they were handed in: figures and answers by value.
create table park_applications (
  matter    text   not null primary key,
  place     text   not null,
  program   text   not null,
  year      bigint not null,
  state     text   not null,
  taken     bigint not null,
  published bigint not null,
  ends      bigint not null,
  body      text   not null
);
create index park_applications_ends on park_applications (ends);

create table park_objections (
  matter   text   not null,
  line     bigint not null,
  at       bigint not null,
  given_by text   not null,
  org      text   not null,
  note     text   not null,
  answer   text   not null,
  upheld   boolean not null,
  answered bigint not null,
  primary key (matter, line)
);

-- What has been recognised.
create table park_recognitions (
  number   bigint not null primary key,
  place    text   not null,
  program  text   not null,
  grade    text   not null,
  state    text   not null,
  matter   text   not null,
  since    bigint not null,
  until    bigint not null,
  ended    bigint not null,
  mend_by  bigint not null,
  reason   text   not null,
  flagged  bigint not null,
  flag     text   not null,
  revision bigint not null
);
create index park_recognitions_place on park_recognitions (place, number);
create index park_recognitions_state on park_recognitions (state, program);

-- Yearly assessments by score card, frozen with their working.
create table park_assessments (
  recognition bigint not null,
  year        bigint not null,
  place       text   not null,
  points      bigint not null,
  best        bigint not null,
  grade       text   not null,
  advice      text   not null,
  outcome     text   not null,
  reason      text   not null,
  at          bigint not null,
  made_by     text   not null,
  body        text   not null,
  primary key (recognition, year)
);
create index park_assessments_place on park_assessments (place, year);
