-- Whether what was reached is made of few enterprises: it is public only if it is
-- not. Of rows from before nobody can tell.
alter table plan_progress add column few boolean not null default true;
