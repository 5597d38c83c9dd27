package site

import (
	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/face/console/account"
	"pilotzone/internal/face/console/admin"
	"pilotzone/internal/face/console/audit"
	"pilotzone/internal/face/console/calculators"
	"pilotzone/internal/face/console/cultivation"
	"pilotzone/internal/face/console/dashboard"
	"pilotzone/internal/face/console/directories"
	"pilotzone/internal/face/console/docs"
	"pilotzone/internal/face/console/enterprises"
	"pilotzone/internal/face/console/figures"
	"pilotzone/internal/face/console/matters"
	"pilotzone/internal/face/console/measures"
	"pilotzone/internal/face/console/parcel"
	"pilotzone/internal/face/console/parcels"
	"pilotzone/internal/face/console/parks"
	"pilotzone/internal/face/console/passport"
	"pilotzone/internal/face/console/plans"
	"pilotzone/internal/face/console/policy"
	"pilotzone/internal/face/console/preflight"
	"pilotzone/internal/face/console/queues"
	"pilotzone/internal/face/console/receipts"
	"pilotzone/internal/face/console/rejections"
	"pilotzone/internal/face/console/rules"
	"pilotzone/internal/face/console/system"
	"pilotzone/internal/face/console/taxbills"
	"pilotzone/internal/face/console/upload"
	"pilotzone/internal/face/console/webhooks"
	"pilotzone/internal/face/console/workbench"
)

// pages registers the pages of all services, in the order of the navigation.
func (s *Site) pages() {
	workbench.Register(s.Shell, s.Zone)
	account.Register(s.Shell, s.Zone.Accounts)
	admin.Register(s.Shell, s.Zone.Accounts)
	z := s.Zone
	clear := &disclose.Service{Index: z.Lookup, Documents: z.Reader(), DB: z.Store.Services, Audit: z.Audit}
	preflight.Register(s.Shell, z)
	upload.Register(s.Shell, z)
	parcel.Register(s.Shell, z, clear)
	parcels.Register(s.Shell, z)
	receipts.Register(s.Shell, z)
	rejections.Register(s.Shell, z)
	dashboard.Register(s.Shell, z)
	queues.Register(s.Shell, z.Queue, z.Story)
	taxbills.Register(s.Shell, s.Zone)
	passport.Register(s.Shell, z)
	calculators.Register(s.Shell, z)
	plans.Register(s.Shell, z)
	matters.Register(s.Shell, z)
	measures.Register(s.Shell, z)
	policy.Register(s.Shell, z)
	enterprises.Register(s.Shell, z)
	parks.Register(s.Shell, z)
	cultivation.Register(s.Shell, z)
	figures.Register(s.Shell, z)
	directories.Register(s.Shell, z)
	webhooks.Register(s.Shell, z.Notify, z.Config.Clock.Now)
	docs.Register(s.Shell, s.API, z.Config.HTTP.PublicURL)
	audit.Register(s.Shell, z)
	rules.Register(s.Shell, z)
	system.Register(s.Shell, z)
}
