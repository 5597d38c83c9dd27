package site

import (
	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/face/console/account"
	"pilotzone/internal/face/console/parcel"
)

// pages registers the pages of all services, in the order of the navigation.
func (s *Site) pages() {
	account.Register(s.Shell, s.Zone.Accounts)
	z := s.Zone
	clear := &disclose.Service{Index: z.Lookup, Documents: z.Reader(), DB: z.Store.Services, Audit: z.Audit}
	parcel.Register(s.Shell, z, clear)
}
