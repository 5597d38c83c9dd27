package parcel_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/test/browser/htmlcheck"
)

// stage is a zone with a little traffic and its pages.
type stage struct {
	t      *testing.T
	zone   *zonetest.Zone
	server *httptest.Server
	plan   *traffic.Plan
}

// open plays a small day, in which an enterprise of the traffic and a stranger
// have tokens.
func open(t *testing.T) *stage {
	t.Helper()
	g := zonetest.Traffic(t)
	merchant := g.Parcel(0).Route.Merchant.Code
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token("merchant", "enterprise:"+merchant), zonetest.Token("stranger", "enterprise:110000000X"))
		for _, e := range g.Zone().With(traffic.Payment) {
			c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token(e.Code, "enterprise:"+e.Code))
		}
	})
	plan, err := z.Gen.Plan(80, traffic.Mix{traffic.AmountMismatch: 400, traffic.MissingPayment: 400, traffic.WrongIDCheck: 400, traffic.LineMismatch: 300, traffic.ChangedAfterRelease: 300})
	if err != nil {
		t.Fatal(err)
	}
	for k := range plan.Messages() {
		z.Clock.Set(zonetest.Day.Time().Add(time.Duration(plan.Messages()[k].Second) * time.Second))
		raw, err := plan.Append(nil, k, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Intake.Submit(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if at, err := z.Lookup.Position(t.Context()); err != nil || at >= z.Intake.Durable() {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the index does not come up with the core")
		}
	}
	s := &stage{t: t, zone: z, server: httptest.NewServer(site.New(z.Zone).Handler()), plan: plan}
	t.Cleanup(s.server.Close)
	return s
}

// ask fetches a page as the holder of a token.
func (s *stage) ask(as, method, path string, form url.Values) (int, string, *htmlcheck.Page) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", zonetest.Bearer(as))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := s.server.Client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := htmlcheck.Read(strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body), page
}

// troubled is the first parcel with a trouble.
func (s *stage) troubled(trouble traffic.Trouble) traffic.Expectation {
	s.t.Helper()
	for _, e := range s.plan.Expect() {
		if e.Trouble == trouble {
			return e
		}
	}
	s.t.Fatalf("no parcel with %s", trouble)
	return traffic.Expectation{}
}

func (s *stage) parcelOf(orderNo string) lookup.Parcel {
	s.t.Helper()
	list, err := s.zone.Lookup.Find(s.t.Context(), orderNo)
	if err != nil || len(list) != 1 {
		s.t.Fatalf("order %s leads to %d parcels, %v", orderNo, len(list), err)
	}
	return list[0]
}

// A parcel's page tells its whole story in either language and breaks no rule of
// pages; nothing personal is on it in clear.
func TestParcelPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	for trouble, want := range map[traffic.Trouble][]string{
		traffic.None:                {"单证并列比对", "计税过程", "逐步算式", "个人年度额度", "annual_limit", "财关税〔2018〕49号", "放行", "没有人查阅过"},
		traffic.AmountMismatch:      {"1332", "differs", "支付单支付金额与订单支付金额不一致", "优惠应填在订单"},
		traffic.MissingPayment:      {"缺，自", "逾期未到退单"},
		traffic.LineMismatch:        {"1322", "第 1 项商品：数量"},
		traffic.ChangedAfterRelease: {"共 2 份", "退回"},
	} {
		e := s.troubled(trouble)
		path := fmt.Sprintf("/parcels/%d", s.parcelOf(e.OrderNo).Number)
		status, body, page := s.ask("officer", "GET", path, nil)
		if status != 200 {
			t.Fatalf("%s: status %d\n%s", trouble, status, page.Text())
		}
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s: the page does not say %q", trouble, text)
			}
		}
		p := s.zone.Gen.Parcel(e.Parcel)
		for _, private := range []string{e.Buyer, p.Buyer.Name, p.Buyer.Phone, p.Buyer.Address} {
			if strings.Contains(body, private) {
				t.Errorf("%s: %q is on the page in clear", trouble, private)
			}
		}
		_, _, english := s.ask("officer", "GET", path+"?lang=en", nil)
		for _, page := range []*htmlcheck.Page{page, english} {
			if bad := append(page.Forbidden(), page.Foreign()...); len(bad) > 0 {
				t.Errorf("%s: %q", trouble, bad)
			}
		}
	}
}

// What belongs to others is as if it were not there: by number, by search, by
// document.
func TestStrangersSeeNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	e := s.troubled(traffic.None)
	p := s.parcelOf(e.OrderNo)
	docs, err := s.zone.Lookup.Documents(t.Context(), p.Number)
	if err != nil {
		t.Fatal(err)
	}
	refused := s.troubled(traffic.WrongIDCheck)
	answers, err := s.zone.Lookup.Answers(t.Context(), refused.OrderNo)
	if err != nil || len(answers) == 0 {
		t.Fatal(answers, err)
	}
	for _, path := range []string{fmt.Sprintf("/parcels/%d", p.Number), fmt.Sprintf("/parcels/%d/documents/%d", p.Number, docs[0].Input),
		fmt.Sprintf("/answers/%d", answers[0].Seq), "/find?number=" + e.OrderNo, "/find?number=" + refused.OrderNo} {
		if status, _, _ := s.ask("officer", "GET", path, nil); status != 200 {
			t.Errorf("officer gets %d for %s", status, path)
		}
		status, body, _ := s.ask("stranger", "GET", path, nil)
		if status != 404 || strings.Contains(body, p.CopNo) {
			t.Errorf("a stranger gets %d for %s", status, path)
		}
	}
	if status, _, _ := s.ask("officer", "GET", fmt.Sprintf("/parcels/%d/documents/%d", p.Number, answers[0].Input), nil); status != 404 {
		t.Errorf("another order's document by this parcel: %d", status)
	}
}

// A document comes masked; in clear only with a purpose, and then the page of the
// parcel says who read it.
func TestDocumentInClear(t *testing.T) {
	t.Parallel()
	s := open(t)
	e := s.troubled(traffic.None)
	p := s.parcelOf(e.OrderNo)
	docs, err := s.zone.Lookup.Documents(t.Context(), p.Number)
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/parcels/%d/documents/%d", p.Number, docs[0].Input)
	buyer := s.zone.Gen.Parcel(e.Parcel).Buyer
	if _, body, page := s.ask("officer", "GET", path, nil); strings.Contains(body, buyer.ID) || !strings.Contains(body, "buyerIdNumber") || len(page.Forbidden()) > 0 {
		t.Errorf("masked document: %q", page.Forbidden())
	}
	if _, body, _ := s.ask("officer", "POST", path, url.Values{"purpose": {"inspection"}}); strings.Contains(body, buyer.ID) || !strings.Contains(body, "请说明查阅原因") {
		t.Error("without a case there must be nothing in clear")
	}
	if _, body, _ := s.ask("officer", "POST", path, url.Values{"purpose": {"inspection"}, "note": {"查验单 2026-1"}}); !strings.Contains(body, buyer.ID) {
		t.Error("with purpose and case it must be there")
	}
	if _, body, _ := s.ask("officer", "GET", fmt.Sprintf("/parcels/%d", p.Number), nil); !strings.Contains(body, "查验单 2026-1") {
		t.Error("the page does not say who read it")
	}
	if status, _, _ := s.ask("merchant", "POST", path, url.Values{"purpose": {"inspection"}, "note": {"查验单 2026-1"}}); status != 403 && status != 404 {
		t.Errorf("a clerk gets %d", status)
	}
}

// A payment enterprise, which has no part in the list, sees its own document with
// its answer, and nothing of the others.
func TestSenderSeesItsOwnDocument(t *testing.T) {
	t.Parallel()
	s := open(t)
	e := s.troubled(traffic.WrongIDCheck)
	parcel := s.zone.Gen.Parcel(e.Parcel)
	payer := parcel.Route.Payment.Code
	answers, err := s.zone.Lookup.Answers(t.Context(), parcel.PaymentNo)
	if err != nil || len(answers) == 0 {
		t.Fatal(answers, err)
	}
	status, body, page := s.ask(payer, "GET", fmt.Sprintf("/answers/%d", answers[0].Seq), nil)
	if status != 200 || !strings.Contains(body, "1300") || !strings.Contains(body, parcel.PaymentNo) {
		t.Errorf("its own document: %d", status)
	}
	if goods := parcel.Order.Line(0, "itemName"); strings.Contains(body, "totalPrice") || strings.Contains(body, goods) {
		t.Errorf("it sees the order: %s", page.Text())
	}
	ok := s.troubled(traffic.None)
	sent := s.zone.Gen.Parcel(ok.Parcel)
	number := s.parcelOf(ok.OrderNo).Number
	status, body, page = s.ask(sent.Route.Payment.Code, "GET", fmt.Sprintf("/parcels/%d", number), nil)
	if status != 200 || !strings.Contains(body, sent.PaymentNo) || !strings.Contains(body, "放行") || strings.Contains(body, "计税过程") || strings.Contains(body, sent.Order.Line(0, "itemName")) || strings.Contains(body, sent.Route.Merchant.Code) {
		t.Errorf("of a parcel in which it has no part: %d\n%s", status, page.Text())
	}
	for _, other := range []struct {
		token string
		want  int
	}{{sent.Route.Payment.Code, 404}, {"officer", 200}} {
		docs, err := s.zone.Lookup.Documents(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			want := other.want
			if d.Sender == other.token {
				want = 200
			}
			if status, _, _ := s.ask(other.token, "GET", fmt.Sprintf("/parcels/%d/documents/%d", number, d.Input), nil); status != want {
				t.Errorf("%s gets %d for the %s", other.token, status, d.Kind)
			}
		}
	}
	if status, _, _ := s.ask(payer, "GET", "/find?number="+parcel.PaymentNo, nil); status != 200 {
		t.Errorf("it does not find its payment: %d", status)
	}
}
