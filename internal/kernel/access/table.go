package access

import (
	"maps"
	"slices"
)

// Permission is one thing that can be done (权限). Its name is stored in keys.
type Permission string

// The permissions. What reaches how far stands in Table.
const (
	Public         Permission = "public"           // pages and calculators that need no account; pre-flight, advisor, catalogue, sign-in
	SelfManage     Permission = "self.manage"      // one's own account: password, factors, sessions, language
	WorkbenchRead  Permission = "workbench.read"   // the landing page of the role
	MessageSend    Permission = "message.send"     // messages and spreadsheets in
	ReceiptRead    Permission = "receipt.read"     // receipts
	ParcelRead     Permission = "parcel.read"      // parcels, their decisions and documents, masked
	ParcelExport   Permission = "parcel.export"    // lists of parcels as files
	PersonalClear  Permission = "personal.clear"   // personal data and raw bytes in clear, with a purpose
	QueueWork      Permission = "queue.work"       // officers' queues: claim, verdict
	QueueSupervise Permission = "queue.supervise"  // officers' queues: take a case over from another officer
	VerdictGive    Permission = "verdict.give"     // an officer's verdict on a parcel
	AllowanceRead  Permission = "allowance.read"   // a person's yearly allowance
	TaxBillRead    Permission = "taxbill.read"     // tax bills and payment documents
	TaxBillPay     Permission = "taxbill.pay"      // notice of payment of a tax document
	DepositMake    Permission = "deposit.make"     // security of guarantors
	StatsRead      Permission = "stats.read"       // dashboard, wall screen, rejections by reason
	EnterpriseRead Permission = "enterprise.read"  // filings of enterprises
	FilingEdit     Permission = "filing.edit"      // filings written by hand: import, suspend, certificates
	MatterRead     Permission = "matter.read"      // matters: one's own, or those of one's office
	MatterApply    Permission = "matter.apply"     // apply in a matter and follow it
	MatterWork     Permission = "matter.work"      // work the steps of matters; each definition says whose they are
	PayoutTake     Permission = "payout.take"      // orders of small payments that prove a bank account
	RulesRead      Permission = "rules.read"       // packs in force and their values
	PackSwitch     Permission = "pack.switch"      // rules switched on
	PeopleManage   Permission = "people.manage"    // people and roles of an organisation
	OrgManage      Permission = "org.manage"       // organisations and mandates
	KeyManage      Permission = "key.manage"       // API keys
	WebhookManage  Permission = "webhook.manage"   // webhooks
	AuditRead      Permission = "audit.read"       // the audit chain
	SystemRead     Permission = "system.read"      // state of the platform: health, metrics, keys by id
	SystemManage   Permission = "system.manage"    // rotation of keys, jobs, single sign-on settings
	PassportUse    Permission = "passport.use"     // a consumer's own uses: read, freeze, dispute
	FigureRead     Permission = "figure.read"      // figures of enterprises, parks and belts, with where they come from
	EvidenceFile   Permission = "evidence.file"    // trade cleared elsewhere, earlier years, certificates: filed for review
	ConsentGive    Permission = "consent.give"     // who may see one's figures
	ClaimRead      Permission = "claim.read"       // claims of incentives: what can be claimed, applications, payments
	ClaimWork      Permission = "claim.work"       // claims worked: panel, publication, payment list, claw-back, simulation
	BudgetManage   Permission = "budget.manage"    // budgets of incentives, payments confirmed
	PlanReport     Permission = "plan.report"      // progress of a plan's tasks reported
	AssessWork     Permission = "assess.work"      // assessments by score card, funds weighted by them
	ParkRead       Permission = "park.read"        // parks with tenants and figures
	ParkManage     Permission = "park.manage"      // parks, tenants, nodes, centres, incubators, bookable places
	ListingEdit    Permission = "listing.edit"     // entries of directories
	BookingMake    Permission = "booking.make"     // workstations, live rooms, mentors, events, booths
	Cultivate      Permission = "cultivation.work" // repository, officers in charge, attraction, matching
	TalentUse      Permission = "talent.use"       // vacancies, profiles, training orders, employment records
)

// Table is the one table of permissions: who may do what, and how far it
// reaches. What does not stand here is denied. docs/permissions.md is made from
// it.
var Table = buildTable()

func buildTable() map[Role]map[Permission]Scope {
	grants := func(base map[Permission]Scope, more map[Permission]Scope) map[Permission]Scope {
		out := maps.Clone(base)
		maps.Copy(out, more)
		return out
	}
	visitor := map[Permission]Scope{Public: Zone}
	person := grants(visitor, map[Permission]Scope{SelfManage: Own, WorkbenchRead: Own, RulesRead: Zone})
	clerk := grants(person, map[Permission]Scope{MessageSend: Own, ReceiptRead: Own, ParcelRead: Own, ParcelExport: Own, TaxBillRead: Own,
		StatsRead: Own, EnterpriseRead: Own, MatterApply: Own, MatterRead: Own,
		FigureRead: Own, EvidenceFile: Own, ClaimRead: Own, ListingEdit: Own, BookingMake: Own, TalentUse: Own})
	department := grants(person, map[Permission]Scope{StatsRead: Zone, MatterWork: Zone, MatterRead: Zone, PlanReport: Zone})
	customs := grants(department, map[Permission]Scope{ParcelRead: Zone, ParcelExport: Zone, ReceiptRead: Zone, PersonalClear: Zone, QueueWork: Zone, VerdictGive: Zone,
		AllowanceRead: Zone, TaxBillRead: Zone, EnterpriseRead: Zone})
	return map[Role]map[Permission]Scope{
		Visitor: visitor,
		Clerk:   clerk,
		Manager: grants(clerk, map[Permission]Scope{PeopleManage: Own, OrgManage: Own, KeyManage: Own, WebhookManage: Own, PersonalClear: Own, AuditRead: Own, ConsentGive: Own}),
		Customs: customs,
		Chief:   grants(customs, map[Permission]Scope{QueueSupervise: Zone}),
		Tax:     grants(department, map[Permission]Scope{FigureRead: Zone, ParcelRead: Zone, TaxBillRead: Zone, TaxBillPay: Zone, EnterpriseRead: Zone}),
		FX:      grants(department, map[Permission]Scope{EnterpriseRead: Zone}),
		Commerce: grants(department, map[Permission]Scope{EnterpriseRead: Zone, FigureRead: Zone, ClaimRead: Zone, ClaimWork: Zone, AssessWork: Zone, ParkRead: Zone, ParkManage: Zone,
			ListingEdit: Zone, Cultivate: Zone, BookingMake: Zone, TalentUse: Zone}),
		Market: grants(department, map[Permission]Scope{EnterpriseRead: Zone}),
		Post:   grants(department, map[Permission]Scope{EnterpriseRead: Zone}),
		Park: grants(person, map[Permission]Scope{StatsRead: Zone, MatterApply: Own, MatterRead: Own, FigureRead: Own, EvidenceFile: Own, ClaimRead: Own, ParkRead: Own, ParkManage: Own,
			ListingEdit: Own, BookingMake: Own, TalentUse: Own}),
		Bank: grants(person, map[Permission]Scope{StatsRead: Zone, PayoutTake: Zone, FigureRead: Own}),
		Admin: grants(person, map[Permission]Scope{MessageSend: Zone, ReceiptRead: Zone, ParcelRead: Zone, ParcelExport: Zone, AllowanceRead: Zone, TaxBillRead: Zone, TaxBillPay: Zone,
			DepositMake: Zone, StatsRead: Zone, EnterpriseRead: Zone, FilingEdit: Zone, MatterWork: Zone, MatterRead: Zone, PackSwitch: Zone, PeopleManage: Zone, OrgManage: Zone, KeyManage: Zone,
			WebhookManage: Zone, SystemRead: Zone, SystemManage: Zone, FigureRead: Zone, EvidenceFile: Zone, ClaimRead: Zone, ClaimWork: Zone, BudgetManage: Zone, PlanReport: Zone,
			AssessWork: Zone, ParkRead: Zone, ParkManage: Zone, ListingEdit: Zone, Cultivate: Zone, BookingMake: Zone, TalentUse: Zone}),
		Auditor:  grants(person, map[Permission]Scope{AuditRead: Zone, ParcelRead: Zone, EnterpriseRead: Zone, SystemRead: Zone, StatsRead: Zone, FigureRead: Zone, ClaimRead: Zone, ParkRead: Zone}),
		Consumer: grants(visitor, map[Permission]Scope{SelfManage: Own, WorkbenchRead: Own, PassportUse: Own, MatterApply: Own, MatterRead: Own, BookingMake: Own, TalentUse: Own}),
	}
}

// Permissions are all permissions that the table knows, by name.
func Permissions() []Permission {
	seen := map[Permission]bool{}
	for _, row := range Table {
		for p := range row {
			seen[p] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
