package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/queue"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// office is a desk with its core and audit chain.
type office struct {
	t    *testing.T
	core *coretest.Core
	desk *queue.Service
	out  *feed.Outbox
	log  *audit.Log
	sent uint64
	st   *store.Store
}

func each(t *testing.T, f func(t *testing.T, o *office)) {
	t.Helper()
	migrations := append([]store.Migration{journal.Migration(), audit.Migration}, queue.Migrations()...)
	storetest.Each(t, func(t *testing.T, st *store.Store) { f(t, open(t, st)) }, migrations...)
}

func open(t *testing.T, st *store.Store) *office {
	t.Helper()
	o := &office{t: t, core: coretest.Open(t, st), st: st}
	ring, err := keys.New(keys.AES256GCM, o.core.Clock.Now(), zeros{})
	if err != nil {
		t.Fatal(err)
	}
	o.out = feed.NewOutbox(st.Services, o.core.Clock)
	o.log = audit.New(audit.Config{DB: st.Services, Clock: o.core.Clock, Keys: ring})
	o.desk = queue.New(queue.Config{Store: st, Core: o.core.Reader(), Commands: o.out, Audit: o.log, Keys: ring, Clock: o.core.Clock, Rules: o.core.Rules, Batch: 3})
	return o
}

// zeros is the randomness of tests.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(i + 1)
	}
	return len(b), nil
}

func as(t *testing.T, name string, roles ...access.Role) context.Context {
	if len(roles) == 0 {
		roles = []access.Role{access.Customs}
	}
	return access.With(t.Context(), &access.Principal{ID: name, Name: "关员" + name, Org: "customs", Roles: roles})
}

// hold sends parcel n and has it held at a status.
func (o *office) hold(n int, status uint16) uint64 {
	o.t.Helper()
	docs := coretest.Parcel(n)
	answers := o.core.Send(o.t, docs[0], docs[2], docs[3])
	number := answers[2].Parcel
	o.core.Verdict(o.t, number, status)
	o.core.Send(o.t, docs[1])
	o.catchUp()
	return number
}

func (o *office) catchUp() {
	o.t.Helper()
	if err := o.desk.CatchUp(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// deliver hands the outbox to the core and takes the answers in.
func (o *office) deliver() {
	o.t.Helper()
	list, err := o.out.Commands(o.t.Context(), o.sent, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, c := range list {
		body, err := clearance.FromOutbox(clearance.Verdict, c.Body, c.ID)
		if err == nil {
			_, err = o.core.Command(o.t.Context(), clearance.Verdict, body)
		}
		if err != nil {
			o.t.Fatal(err)
		}
		o.sent = c.ID
	}
	o.catchUp()
}

func (o *office) item(number uint64) *queue.Item {
	o.t.Helper()
	i, err := o.desk.Item(as(o.t, "reader"), number)
	if err != nil {
		o.t.Fatal(err)
	}
	return i
}

// want fails unless an act was refused as it should be, with words in both languages.
func want(t *testing.T, what string, err, target error) {
	t.Helper()
	var r *queue.Refusal
	if !errors.Is(err, target) || !errors.As(err, &r) || r.ZH == "" || r.EN == "" || r.FixZH == "" || r.FixEN == "" {
		t.Errorf("%s: %v, want %v", what, err, target)
	}
}

func must(t *testing.T) func(*queue.Item, error) *queue.Item {
	return func(i *queue.Item, err error) *queue.Item {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
}

// A held parcel is in the queue of its state with why, since when and by when;
// a verdict moves it when the decision comes back, and its words reach the
// enterprise in the receipt.
func TestWayOfACase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		ok := must(t)
		n := o.hold(1, 300)
		i := o.item(n)
		if i.Queue != queue.Review || i.State != clearance.Review || i.Status != 300 || i.OrderNo != coretest.OrderNo(1) || i.Merchant != coretest.Merchant ||
			i.Value.String() != "487.00" || i.Priority != 2 || i.Due != i.Since+24*3600*1_000_000 || len(i.Reasons) == 0 {
			t.Fatalf("in the queue: %+v", i)
		}
		wang := as(t, "wang")
		ok(o.desk.Claim(wang, n))
		ok(o.desk.Note(wang, n, "联系企业补充说明"))
		ok(o.desk.Verdict(wang, queue.Ask{Parcel: n, Seen: i.Decision}, 500, "开箱查验"))
		if i := o.item(n); !i.Pending || i.Queue != queue.Review {
			t.Errorf("before the answer: %+v", i)
		}
		_, err := o.desk.Verdict(wang, queue.Ask{Parcel: n, Seen: i.Decision}, 800, "再来一次")
		want(t, "a second verdict", err, queue.ErrPending)
		o.deliver()
		i = ok(o.desk.Settled(wang, n))
		if i.Queue != queue.Inspection || i.Pending || i.Holder != "" || i.Value.String() != "487.00" {
			t.Errorf("after the answer: %+v", i)
		}
		ok(o.desk.Claim(wang, n))
		ok(o.desk.Verdict(wang, queue.Ask{Parcel: n, Seen: i.Decision}, 800, "查验无误"))
		o.deliver()
		if i := o.item(n); i.Queue != queue.Nowhere || i.State != clearance.Released || i.Left == 0 {
			t.Errorf("in the end: %+v", i)
		}
		acts, err := o.desk.Acts(wang, n)
		var kinds []string
		for _, a := range acts {
			kinds = append(kinds, string(a.Kind)+" "+a.Text)
		}
		if got := strings.Join(kinds, "|"); err != nil || got != "claim |note 联系企业补充说明|verdict 开箱查验|done |claim |verdict 查验无误|done " {
			t.Errorf("acts %q, %v", got, err)
		}
		o.chained(n, "queue.claim queue.note parcel.verdict queue.claim parcel.verdict")
		if receipt := o.lastReceipt(); !strings.Contains(receipt, "查验无误") {
			t.Errorf("receipt says %q", receipt)
		}
	})
}

// chained: every act wrote its entry in the audit chain, oldest first.
func (o *office) chained(n uint64, acts string) {
	o.t.Helper()
	list, err := o.log.Of(o.t.Context(), fmt.Sprintf("parcel:%d", n), 50)
	var got []string
	for _, e := range list {
		got = append(got, e.Act)
	}
	slices.Reverse(got)
	if err != nil || strings.Join(got, " ") != acts {
		o.t.Errorf("audit chain holds %q, want %q, %v", got, acts, err)
	}
}

// lastReceipt is the text of the newest list receipt.
func (o *office) lastReceipt() (text string) {
	o.t.Helper()
	err := o.core.Reader().Each(o.t.Context(), 1, func(d *clearance.Decision) error {
		for _, n := range d.Nodes() {
			if n.Kind == 622 {
				text = strings.Join(n.Fields, "|")
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return text
}

// One officer at a time: of many who claim at once, one has the case.
func TestTwoOfficersClaimTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		n := o.hold(1, 500)
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for k := range errs {
			wg.Go(func() { _, errs[k] = o.desk.Claim(as(t, fmt.Sprint("officer", k)), n) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				want(t, "claim", err, queue.ErrHeld)
			}
		}
		if won != 1 {
			t.Errorf("%d officers hold the case", won)
		}
	})
}

// A claim ends with its lease, or when a chief takes the case over; the verdict of
// who lost it is refused.
func TestVerdictAfterALostClaim(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		ok := must(t)
		n := o.hold(1, 500)
		ask := queue.Ask{Parcel: n, Seen: o.item(n).Decision}
		wang, li, chief := as(t, "wang"), as(t, "li"), as(t, "chief", access.Chief)
		_, err := o.desk.Verdict(wang, ask, 800, "无误")
		want(t, "verdict without a claim", err, queue.ErrNotHeld)
		ok(o.desk.Claim(wang, n))
		o.core.Clock.Set(o.core.Clock.Now().Add(31 * time.Minute))
		_, err = o.desk.Verdict(wang, ask, 800, "无误")
		want(t, "verdict after the lease", err, queue.ErrNotHeld)
		ok(o.desk.Claim(li, n))
		_, err = o.desk.Verdict(wang, ask, 800, "无误")
		want(t, "verdict on another's case", err, queue.ErrNotHeld)
		_, err = o.desk.TakeOver(wang, n, "急件")
		want(t, "take-over by a colleague", err, queue.ErrDenied)
		_, err = o.desk.TakeOver(chief, n, " ")
		want(t, "take-over without a reason", err, queue.ErrReason)
		ok(o.desk.TakeOver(chief, n, "急件"))
		_, err = o.desk.Verdict(li, ask, 800, "无误")
		want(t, "verdict after a take-over", err, queue.ErrNotHeld)
		ok(o.desk.Release(chief, n))
		ok(o.desk.Claim(li, n))
		o.core.Clock.Set(o.core.Clock.Now().Add(20 * time.Minute))
		ok(o.desk.Note(li, n, "还在看")) // an act renews the lease
		o.core.Clock.Set(o.core.Clock.Now().Add(20 * time.Minute))
		ok(o.desk.Verdict(li, ask, 800, "无误"))
		o.chained(n, "queue.claim queue.claim queue.takeover queue.release queue.claim queue.note parcel.verdict")
	})
}

// A parcel that moved meanwhile is left as it is, whether the desk knows of it
// already or only the core does.
func TestVerdictOnWhatMoved(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		ok := must(t)
		n := o.hold(1, 300)
		ask := queue.Ask{Parcel: n, Seen: o.item(n).Decision}
		wang := as(t, "wang")
		ok(o.desk.Claim(wang, n))
		ok(o.desk.Verdict(wang, ask, 800, "审核通过"))
		o.core.Verdict(t, n, 500) // another way, before the outbox is delivered
		o.deliver()
		if i := o.item(n); i.State != clearance.Inspect || i.Queue != queue.Inspection || i.Pending {
			t.Errorf("it was released unseen: %+v", i)
		}
		acts, err := o.desk.Acts(wang, n)
		if last := acts[len(acts)-1]; err != nil || last.Kind != queue.Failed || !strings.Contains(last.Text, "查验") {
			t.Errorf("the officer is told %+v, %v", last, err)
		}
		ok(o.desk.Claim(wang, n))
		_, err = o.desk.Verdict(wang, ask, 800, "审核通过")
		want(t, "verdict on an old view", err, queue.ErrMoved)
	})
}

// Only what the published table allows can be given, with a reason, by officers.
func TestVerdictsThatAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		n := o.hold(1, 300)
		ask := queue.Ask{Parcel: n, Seen: o.item(n).Decision}
		wang := as(t, "wang")
		must(t)(o.desk.Claim(wang, n))
		for _, c := range []struct {
			name   string
			ctx    context.Context
			ask    queue.Ask
			status uint16
			reason string
			want   error
		}{
			{"review of what is in review", wang, ask, 300, "再审", queue.ErrStatus},
			{"no officer's status", wang, ask, 399, "审结", queue.ErrStatus},
			{"no reason", wang, ask, 800, "", queue.ErrReason},
			{"a reason too long", wang, ask, 800, strings.Repeat("长", queue.MostReason+1), queue.ErrReason},
			{"no such parcel", wang, queue.Ask{Parcel: 99}, 800, "无误", queue.ErrNotFound},
			{"a clerk", as(t, "clerk", access.Clerk), ask, 800, "无误", queue.ErrDenied},
			{"nobody", t.Context(), ask, 800, "无误", queue.ErrDenied},
		} {
			_, err := o.desk.Verdict(c.ctx, c.ask, c.status, c.reason)
			want(t, c.name, err, c.want)
		}
		for name, f := range map[string]func(context.Context) error{
			"list": func(ctx context.Context) error {
				_, _, err := o.desk.List(ctx, queue.Filter{}, queue.Page{})
				return err
			},
			"item":    func(ctx context.Context) error { _, err := o.desk.Item(ctx, n); return err },
			"acts":    func(ctx context.Context) error { _, err := o.desk.Acts(ctx, n); return err },
			"figures": func(ctx context.Context) error { _, err := o.desk.Figures(ctx); return err },
			"claim":   func(ctx context.Context) error { _, err := o.desk.Claim(ctx, n); return err },
		} {
			want(t, name+" by a clerk", f(as(t, "clerk", access.Clerk, access.Manager)), queue.ErrDenied)
		}
	})
}

// A batch records each verdict by itself; one that another officer holds does not
// stop the others. The page of a queue goes on where it ended.
func TestBatchAndPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		var asks []queue.Ask
		for k := range 5 {
			n := o.hold(k+1, 300)
			asks = append(asks, queue.Ask{Parcel: n, Seen: o.item(n).Decision})
			o.core.Clock.Set(o.core.Clock.Now().Add(time.Minute))
		}
		wang := as(t, "wang")
		var seen []uint64
		for after := ""; ; {
			list, next, err := o.desk.List(wang, queue.Filter{Queue: queue.Review}, queue.Page{After: after, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range list {
				seen = append(seen, i.Parcel)
			}
			if after = next; next == "" {
				break
			}
		}
		if !slices.Equal(seen, []uint64{1, 2, 3, 4, 5}) {
			t.Errorf("pages show %v", seen)
		}
		must(t)(o.desk.Claim(as(t, "li"), 2))
		f, err := o.desk.Figures(as(t, "li"))
		if err != nil || f[0].Waiting != 5 || f[0].Mine != 1 || f[0].Free != 4 || f[0].Oldest == 0 || f[0].Overdue != 0 || f[1].Waiting != 0 {
			t.Errorf("figures %+v, %v", f, err)
		}
		out, err := o.desk.Batch(wang, asks, 800, "批量核对无误")
		if err != nil || len(out) != 5 {
			t.Fatal(out, err)
		}
		for _, v := range out {
			if v.Parcel == 2 {
				want(t, "another's case", v.Err, queue.ErrNotHeld)
			} else if v.Err != nil {
				t.Errorf("parcel %d: %v", v.Parcel, v.Err)
			}
		}
		o.deliver()
		mine, _, err := o.desk.List(as(t, "li"), queue.Filter{Mine: true}, queue.Page{})
		if err != nil || len(mine) != 1 || mine[0].Parcel != 2 {
			t.Errorf("left %+v, %v", mine, err)
		}
		o.chained(3, "queue.claim parcel.verdict")
	})
}

// A parcel that was returned abroad waits until an officer confirms that it is gone.
func TestReturnAbroadIsConfirmed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		n := o.hold(1, 500)
		wang := as(t, "wang")
		must(t)(o.desk.Claim(wang, n))
		must(t)(o.desk.Verdict(wang, queue.Ask{Parcel: n, Seen: o.item(n).Decision}, 700, "退运境外"))
		o.deliver()
		i := o.item(n)
		if i.Queue != queue.Return || len(i.Allowed()) != 0 {
			t.Fatalf("returned: %+v", i)
		}
		must(t)(o.desk.Claim(wang, n))
		must(t)(o.desk.Confirm(wang, queue.Ask{Parcel: n, Seen: i.Decision}, "运单 778-1234 已离境"))
		if i := o.item(n); i.Queue != queue.Nowhere || i.State != clearance.Returned {
			t.Errorf("confirmed: %+v", i)
		}
		_, err := o.desk.Claim(wang, n)
		want(t, "claim of what has left", err, queue.ErrMoved)
	})
}

// What officers type is in no column in clear.
func TestReasonsAreSealed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		n := o.hold(1, 500)
		must(t)(o.desk.Claim(as(t, "wang"), n))
		must(t)(o.desk.Note(as(t, "wang"), n, "订购人王小明来电"))
		for _, table := range []string{"queue_items", "queue_acts"} {
			rows, err := o.st.Services.Read().Query("select * from " + table)
			if err != nil {
				t.Fatal(err)
			}
			names, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				cells := make([]any, len(names))
				for i := range cells {
					cells[i] = new(any)
				}
				if err := rows.Scan(cells...); err != nil {
					t.Fatal(err)
				}
				for i, c := range cells {
					text := fmt.Sprintf("%s", *c.(*any))
					if strings.Contains(text, "王小明") || strings.Contains(text, "test") {
						t.Errorf("%s.%s holds %q", table, names[i], text)
					}
				}
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
