package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"strings"
	"text/template"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Mail is how letters leave (邮件). Without Address there are none: letters are
// not queued.
type Mail struct {
	Address  string `yaml:"address"`  // of the SMTP server, host:port
	From     string `yaml:"from"`     // such as "综试区 <noreply@zone.example.cn>"
	User     string `yaml:"user"`     // "": no sign-in
	Password string `yaml:"password"` // of User
	TLS      string `yaml:"tls"`      // starttls (default), tls, or none
}

// Letter is one mail. It goes out in Chinese and English, Chinese first.
type Letter struct {
	Key     string // the same letter is sent once
	To      string // address
	Subject Words
	Text    Words  // one paragraph, or several parted by an empty line
	Link    string // whole address of a page; "": none
}

//go:embed letter.txt
var letterText string

var letterTemplate = template.Must(template.New("letter").Parse(letterText))

// Send queues letters in the transaction of what they tell. Addresses that are
// none are a Fault.
func (s *Service) Send(ctx context.Context, tx *store.Tx, letters ...Letter) error {
	if s.c.Mail.Address == "" || len(letters) == 0 {
		return nil
	}
	id, err := numbers(ctx, tx, "mails", len(letters))
	if err != nil {
		return err
	}
	now := s.now()
	for i, l := range letters {
		to, err := mail.ParseAddress(l.To)
		if err != nil {
			return &Fault{"mail", "邮箱地址无效", "the address of mail is not one", "核对邮箱地址", "check the address"}
		}
		body, err := json.Marshal(l)
		if err != nil {
			return err
		}
		number := id + int64(i)
		if _, err := tx.Exec(ctx, `insert into notify_mails (id, key, recipient, body, state, attempts, due, made, done, error)
			values ($1, $2, $3, $4, 0, 0, $5, $5, 0, '') on conflict (key) do nothing`,
			number, l.Key, s.c.Keys.Seal(nil, []byte(to.Address), letterOf("recipient", l.Key)), s.c.Keys.Seal(nil, body, letterOf("body", l.Key)), now); err != nil {
			return err
		}
	}
	tx.AfterCommit(s.wake.Notify)
	return nil
}

func letterOf(column, key string) []byte { return []byte("notify_mails " + column + " " + key) }

type queued struct {
	id       int64
	key      string
	attempts int
	to       string
	letter   Letter
}

// SendMails hands the letters that are due to the mail server and returns how
// many it took.
func (s *Service) SendMails(ctx context.Context) (int, error) {
	if s.c.Mail.Address == "" {
		return 0, nil
	}
	list, err := s.dueMails(ctx)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	c, err := s.dialMail(ctx)
	if err != nil {
		for i := range list { // the server is away: all wait
			err = errors.Join(err, s.mailed(ctx, &list[i], Waiting, "connection_failed"))
		}
		return 0, err
	}
	defer c.Close()
	sent := 0
	for i := range list {
		m := &list[i]
		text, err := s.compose(m)
		if err == nil {
			err = s.hand(c, m.to, text)
		}
		state, why := Delivered, ""
		if err != nil {
			state, why = Waiting, "refused"
			var smtpError *smtp.SMTPError
			if errors.As(err, &smtpError) && smtpError.Code >= 500 || m.attempts >= len(pauses) {
				state = Dead
			}
			if err := c.Reset(); err != nil {
				return sent, errors.Join(err, s.mailed(ctx, m, state, why))
			}
		} else {
			sent++
		}
		if err := s.mailed(ctx, m, state, why); err != nil {
			return sent, err
		}
	}
	return sent, c.Quit()
}

func (s *Service) dueMails(ctx context.Context) ([]queued, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select id, key, attempts, recipient, body from notify_mails where state = 0 and due <= $1 order by due, id limit $2`, s.now(), batch)
	if err != nil {
		return nil, store.Wrap("read mails", err)
	}
	defer rows.Close()
	var out []queued
	for rows.Next() {
		var q queued
		var to, body []byte
		if err := rows.Scan(&q.id, &q.key, &q.attempts, &to, &body); err != nil {
			return nil, store.Wrap("read mails", err)
		}
		if to, err = s.c.Keys.Open(nil, to, letterOf("recipient", q.key)); err != nil {
			return nil, err
		}
		if body, err = s.c.Keys.Open(nil, body, letterOf("body", q.key)); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(body, &q.letter); err != nil {
			return nil, err
		}
		q.to = string(to)
		out = append(out, q)
	}
	return out, store.Wrap("read mails", rows.Err())
}

// dialMail opens a connection to the mail server.
func (s *Service) dialMail(ctx context.Context) (*smtp.Client, error) {
	m := s.c.Mail
	name, _, err := net.SplitHostPort(m.Address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: s.c.Timeout}
	conn, err := d.DialContext(ctx, "tcp", m.Address)
	if err != nil {
		return nil, fmt.Errorf("mail server (邮件服务器): %w", err)
	}
	secure := &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
	var c *smtp.Client
	switch m.TLS {
	case "tls":
		c = smtp.NewClient(tls.Client(conn, secure))
	case "none":
		c = smtp.NewClient(conn)
	default:
		if c, err = smtp.NewClientStartTLS(conn, secure); err != nil {
			return nil, errors.Join(fmt.Errorf("mail server (邮件服务器): %w", err), conn.Close())
		}
	}
	c.CommandTimeout, c.SubmissionTimeout = s.c.Timeout, 4*s.c.Timeout
	if m.User != "" {
		if err := c.Auth(sasl.NewPlainClient("", m.User, m.Password)); err != nil {
			return nil, errors.Join(fmt.Errorf("mail server (邮件服务器): %w", err), c.Close())
		}
	}
	return c, nil
}

func (s *Service) hand(c *smtp.Client, to string, text []byte) error {
	from, err := mail.ParseAddress(s.c.Mail.From)
	if err != nil {
		return err
	}
	return c.SendMail(from.Address, []string{to}, bytes.NewReader(text))
}

// compose writes a letter as a message (RFC 5322), its text in base64.
func (s *Service) compose(q *queued) ([]byte, error) {
	from, err := mail.ParseAddress(s.c.Mail.From)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := letterTemplate.Execute(&text, q.letter); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	_, domain, _ := strings.Cut(from.Address, "@")
	header("From", from.String())
	header("To", (&mail.Address{Address: q.to}).String())
	header("Subject", mime.BEncoding.Encode("utf-8", q.letter.Subject.ZH+" / "+q.letter.Subject.EN))
	header("Date", s.c.Clock.Now().Format(time.RFC1123Z))
	header("Message-ID", fmt.Sprintf("<%d.pilotzone@%s>", q.id, domain))
	header("Auto-Submitted", "auto-generated")
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	coded := base64.StdEncoding.EncodeToString(text.Bytes())
	for len(coded) > 76 {
		b.WriteString(coded[:76] + "\r\n")
		coded = coded[76:]
	}
	b.WriteString(coded + "\r\n")
	return b.Bytes(), nil
}

// mailed writes down what became of a letter. The body of one that is gone is
// not kept.
func (s *Service) mailed(ctx context.Context, q *queued, state State, why string) error {
	now := s.c.Clock.Now()
	due, done := now, clock.Micros(now)
	if state == Waiting {
		due, done = now.Add(s.pause(q.attempts+1)), 0
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update notify_mails set state = $1, attempts = attempts + 1, due = $2, done = $3, error = $4 where id = $5`,
			int64(state), clock.Micros(due), done, why, q.id)
		if err == nil && state == Delivered {
			_, err = tx.Exec(ctx, `update notify_mails set body = $1, recipient = $1 where id = $2`, []byte{}, q.id)
		}
		return err
	})
}
