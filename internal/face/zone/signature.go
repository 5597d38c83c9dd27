package zone

import (
	"time"

	"pilotzone/ceb/dsig"
)

// Signature verifies the signature of a message again, as of a time, with the
// certificates that are lodged now. How the message was judged when it came in
// stands in its answer.
func (z *Zone) Signature(message []byte, at time.Time) dsig.Report {
	o := dsig.Options{Now: at}
	if f, ok := z.Intake.Filings().(*filings); ok {
		o.Lookup = f.view.DER
	}
	return dsig.Verify(message, o)
}
