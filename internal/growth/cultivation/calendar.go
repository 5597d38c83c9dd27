package cultivation

import (
	"strings"
	"time"
)

// Appointment is an entry of a calendar file.
type Appointment struct {
	ID           string // unique within the zone
	Title, Place string
	Note         string
	Starts, Ends time.Time
}

// Calendar writes appointments as an iCalendar file (RFC 5545): lines end with
// CRLF and are folded at 75 bytes.
func Calendar(list []Appointment, now time.Time) []byte {
	const form = "20060102T150405Z"
	var b strings.Builder
	line := func(name, value string) { fold(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//pilotzone//calendar//ZH")
	for _, a := range list {
		line("BEGIN", "VEVENT")
		line("UID", a.ID+"@pilotzone")
		line("DTSTAMP", now.UTC().Format(form))
		line("DTSTART", a.Starts.UTC().Format(form))
		line("DTEND", a.Ends.UTC().Format(form))
		line("SUMMARY", escaped(a.Title))
		if a.Place != "" {
			line("LOCATION", escaped(a.Place))
		}
		if a.Note != "" {
			line("DESCRIPTION", escaped(a.Note))
		}
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return []byte(b.String())
}

func escaped(s string) string {
	return strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r\n", "\\n", "\n", "\\n", "\r", "").Replace(s)
}

// fold writes a line in pieces of at most 75 bytes, never within a character.
func fold(b *strings.Builder, s string) {
	room := 75
	for _, r := range s {
		n := len(string(r))
		if n > room {
			b.WriteString("\r\n ")
			room = 74
		}
		b.WriteRune(r)
		room -= n
	}
	b.WriteString("\r\n")
}
