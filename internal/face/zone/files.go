package zone

import (
	"crypto/rand"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/kernel/job"
)

// newFiles makes what takes files of people: pre-flight, which keeps nothing,
// and uploads, which are jobs.
func (z *Zone) newFiles(signatures intake.Judge) (err error) {
	c := &z.Config
	z.Jobs = job.New(job.Config{DB: z.Store.Services, Keys: z.Keys, Clock: c.Clock, Random: rand.Reader, Log: c.Log})
	z.Uploads = sheets.NewService(sheets.Config{Jobs: z.Jobs, Intake: z.Intake, Hasher: z.Keys.Hasher(), Clock: c.Clock, Audit: z.Audit})
	z.Preflight, err = preflight.New(preflight.Config{Rules: z.Intake.Rules, Filings: z.Intake.Filings, Judge: signatures, Clock: c.Clock, Random: rand.Reader})
	return err
}
