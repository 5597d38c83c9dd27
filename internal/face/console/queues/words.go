package queues

import (
	"errors"
	"strconv"

	"pilotzone/internal/customs/queue"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/face/console/ui"
)

func priorityWords(p int) ui.Text {
	switch p {
	case 1:
		return ui.T("优先", "high")
	case 2:
		return ui.T("紧急", "urgent")
	}
	return ui.Text{}
}

// besideFigure says what of a queue is overdue or held.
func besideFigure(f queue.Figures) ui.Text {
	return ui.T("超时 "+ui.Count(f.Overdue)+"，我领办 "+ui.Count(f.Mine), ui.Count(f.Overdue)+" overdue, "+ui.Count(f.Mine)+" mine")
}

// options are the verdicts that can be given.
func options(statuses []uint16) []ui.Option {
	out := make([]ui.Option, len(statuses))
	for i, s := range statuses {
		w := story.StatusWords(int32(s))
		n := strconv.Itoa(int(s))
		out[i] = ui.Option{Value: n, Label: ui.T(n+" "+w.ZH, n+" "+w.EN)}
	}
	return out
}

func refusal(err error) ui.Text {
	var r *queue.Refusal
	if errors.As(err, &r) {
		return ui.T(r.ZH, r.EN)
	}
	return ui.T("未能处理", "it could not be done")
}

// faults are the rows of a story that the rules found fault with.
func faults(s *story.Story) (out []*story.Row) {
	for i := range s.Rows {
		if len(s.Rows[i].Marks) > 0 {
			out = append(out, &s.Rows[i])
		}
	}
	return out
}
