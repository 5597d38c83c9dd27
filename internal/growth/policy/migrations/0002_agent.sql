-- The organisation that applied for the beneficiary by its mandate; '' the beneficiary itself.
alter table policy_claims add column agent text not null default '';
