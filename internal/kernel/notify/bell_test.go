package notify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

// TestBellFoldsAndCounts: what is of one kind and unread is one line; a person
// reads for themselves; what is new is unread again.
func TestBellFoldsAndCounts(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		held := func(id string, parties ...string) notify.Event {
			e := event(id, notify.ParcelHeld, "", parties...)
			e.Bell = &notify.Bell{Words: notify.Words{ZH: "包裹待查验", EN: "held"}, Link: "/parcels?state=inspection", Fold: "held"}
			return e
		}
		b.publish(held("d1", own), held("d2", own, other), held("d3", own))
		to := []string{"person:p1", "code:" + own}
		unread := func(person string, to []string) int {
			n, err := b.Unread(t.Context(), person, to)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		list, err := b.Notices(t.Context(), "p1", to, 0, 10)
		if err != nil || len(list) != 1 || list[0].Count != 3 || list[0].ZH != "包裹待查验" || unread("p1", to) != 1 {
			t.Fatalf("%v %+v", err, list)
		}
		if err := b.Read(t.Context(), "p1", []string{"code:" + other}, list[0].ID); !errors.Is(err, notify.ErrNotFound) {
			t.Errorf("read what belongs to others: %v", err)
		}
		if err := b.Read(t.Context(), "p1", to, list[0].ID); err != nil || unread("p1", to) != 0 || unread("p2", to) != 1 {
			t.Errorf("%v: p1 %d, p2 %d", err, unread("p1", to), unread("p2", to))
		}
		b.publish(held("d4", own))
		if unread("p1", to) != 1 {
			t.Error("what is new must be unread")
		}
		tell := notify.Notice{Recipient: "person:p1", Type: "key.expires", Words: notify.Words{ZH: "密钥将到期", EN: "a key expires"}, Link: "/keys"}
		if err := b.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return b.Tell(ctx, tx, tell) }); err != nil {
			t.Fatal(err)
		}
		list, err = b.Notices(t.Context(), "p1", to, 0, 10)
		if err != nil || len(list) != 2 || list[0].Type != "key.expires" || list[1].Count != 4 || unread("p1", to) != 2 {
			t.Fatalf("%v %+v", err, list)
		}
		if err := b.ReadAll(t.Context(), "p1", list[0].ID); err != nil || unread("p1", to) != 0 {
			t.Errorf("%v %d", err, unread("p1", to))
		}
		p := &access.Principal{ID: "p1", Org: "o", Codes: []string{own}, Mandates: []access.Mandate{{Codes: []string{other}}}}
		if got := strings.Join(notify.Recipients(p), " "); got != "person:p1 org:o code:"+own+" code:"+other {
			t.Errorf("recipients %s", got)
		}
		if notify.Owner(p) != "o" || notify.Owner(&access.Principal{ID: "token:x"}) != "token:x" || notify.Owner(nil) != "" || notify.Recipients(nil) != nil {
			t.Error("owner")
		}
	})
}

// post office: a real SMTP server that refuses the first letter for a while.
type office struct {
	mu      sync.Mutex
	refuse  int
	letters [][]byte
	to      []string
}

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{office: o}, nil }

type visit struct {
	*office
	rcpt string
}

func (v *visit) Reset()                                   {}
func (v *visit) Logout() error                            { return nil }
func (v *visit) Mail(_ string, _ *smtp.MailOptions) error { return nil }
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody") {
		return &smtp.SMTPError{Code: 550, Message: "no such box"}
	}
	v.rcpt = to
	return nil
}

func (v *visit) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refuse > 0 {
		v.refuse--
		return &smtp.SMTPError{Code: 451, Message: "later"}
	}
	v.letters, v.to = append(v.letters, body), append(v.to, v.rcpt)
	return err
}

// TestLettersAreSentOnceInBothLanguages: through a real server that says "later"
// and is away for a while; addresses and texts are sealed while they wait.
func TestLettersAreSentOnceInBothLanguages(t *testing.T) {
	each(t, func(c *notify.Config) {
		c.Mail = notify.Mail{Address: "127.0.0.1:1", From: "综试区 <noreply@zone.example.cn>", TLS: "none"}
	}, func(t *testing.T, b *bench) {
		letter := notify.Letter{Key: "reset-1", To: "li@shop.example.cn", Subject: notify.Words{ZH: "密码重置", EN: "Password reset"},
			Text: notify.Words{ZH: "您的一次性代码见下页。", EN: "Your code is on the page below."}, Link: "https://zone.example.cn/reset"}
		wrong := letter
		wrong.Key, wrong.To = "reset-2", "nobody@shop.example.cn"
		send := func(l ...notify.Letter) error {
			return b.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return b.Send(ctx, tx, l...) })
		}
		if err := send(letter, wrong, letter); err != nil {
			t.Fatal(err)
		}
		var fault *notify.Fault
		if err := send(notify.Letter{Key: "x", To: "no address"}); !errors.As(err, &fault) {
			t.Errorf("%v", err)
		}
		var recipient, body []byte
		if err := b.db.Read().QueryRow(`select recipient, body from notify_mails where key = 'reset-1'`).Scan(&recipient, &body); err != nil || bytes.Contains(recipient, []byte("shop")) || bytes.Contains(body, []byte("code")) {
			t.Errorf("%v: in clear", err)
		}
		if n, err := b.SendMails(t.Context()); n != 0 || err == nil {
			t.Errorf("sent %d to a server that is away, %v", n, err)
		}
		o := &office{refuse: 1}
		server := smtp.NewServer(o)
		server.Domain, server.AllowInsecureAuth = "mail.example.cn", true
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = server.Serve(l) }()
		t.Cleanup(func() { _ = server.Close() })
		again := notify.New(notify.Config{DB: b.db, Keys: b.Ring(), Clock: b.clock, Jitter: func() float64 { return 0.5 },
			Mail: notify.Mail{Address: l.Addr().String(), From: "综试区 <noreply@zone.example.cn>", TLS: "none"}})
		for range 3 {
			b.clock.Advance(3 * time.Minute)
			if _, err := again.SendMails(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(o.letters) != 1 || o.to[0] != "li@shop.example.cn" {
			t.Fatalf("%d letters to %v", len(o.letters), o.to)
		}
		m, err := mail.ReadMessage(bytes.NewReader(o.letters[0]))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != "密码重置 / Password reset" || m.Header.Get("Message-ID") == "" {
			t.Errorf("%v %s", err, subject)
		}
		text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
		if err != nil || !strings.Contains(string(text), letter.Text.ZH) || !strings.Contains(string(text), letter.Text.EN) || !strings.Contains(string(text), letter.Link) {
			t.Errorf("%v %s", err, text)
		}
		var dead int
		if err := b.db.Read().QueryRow(`select count(*) from notify_mails where state = 2 and key = 'reset-2'`).Scan(&dead); err != nil || dead != 1 {
			t.Errorf("a box that is not there: %d, %v", dead, err)
		}
	})
}
