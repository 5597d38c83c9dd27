package api

import (
	"context"
	"net/http"

	"pilotzone/internal/growth/cultivation/aeo"
	"pilotzone/internal/growth/cultivation/repository"
	"pilotzone/internal/growth/cultivation/talent"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// Names of records in the document, where two rooms have one of the same name.
type (
	// TalentProfile is what a person says of themselves (人才档案).
	TalentProfile talent.Profile
	// TrainingOrder is training to order (订单式培养).
	TrainingOrder talent.Order
	// TrainingProgress is how far it has come.
	TrainingProgress talent.Progress
	// RepositoryEntry is an enterprise of the cultivation repository (入库企业).
	RepositoryEntry repository.Entry
	// SelfCheck is an AEO self-check (自评).
	SelfCheck aeo.Check
	// SelfCheckQuestion is a question of it.
	SelfCheckQuestion aeo.Question
	// SelfCheckTask is a gap to be closed (整改任务).
	SelfCheckTask aeo.Task
)

// Bodies of what is asked of the rooms, and of what they answer.
type (
	// JobAnswer is what becomes of an application.
	JobAnswer struct {
		To string `json:"to" enum:"agreed,declined,hired"`
	}
	// EmploymentReview confirms an employment record or refuses it.
	EmploymentReview struct {
		Confirm bool   `json:"confirm"`
		Reason  string `json:"reason,omitempty" maxLength:"200"`
	}
	// EmploymentEnd is the last day of an employment.
	EmploymentEnd struct {
		Last clock.Day `json:"last" doc:"Last day."`
	}
	// TiersComputed is how many enterprises have a tier now.
	TiersComputed struct {
		Count int `json:"count" doc:"Enterprises."`
	}
)

// RepositoryPath names an enterprise in a path.
type RepositoryPath struct {
	Code string `path:"code" maxLength:"18" doc:"Customs code of the enterprise."`
}

func (s *Server) addTalent() {
	room := s.zone.Cultivation.Talent
	cultivate(s, http.MethodGet, "list-vacancies", "/v1/vacancies", "Open vacancies / 在招岗位", access.TalentUse, func(ctx context.Context, _ *none) (*items[talent.Vacancy], error) {
		return listOf(room.Vacancies(ctx, false))
	})
	cultivate(s, http.MethodPost, "offer-vacancy", "/v1/vacancies", "Offer work / 发布岗位", access.TalentUse, func(ctx context.Context, in *sentBody[talent.Vacancy]) (*item[talent.Vacancy], error) {
		return oneOf(room.Offer(ctx, in.Body))
	})
	cultivate(s, http.MethodGet, "get-talent-profile", "/v1/talent-profile", "One's own profile / 本人档案", access.TalentUse, func(ctx context.Context, _ *none) (*item[TalentProfile], error) {
		p, err := room.Own(ctx)
		return oneOf((*TalentProfile)(p), err)
	})
	cultivate(s, http.MethodPut, "put-talent-profile", "/v1/talent-profile", "Write one's own profile / 填写本人档案", access.TalentUse, func(ctx context.Context, in *sentBody[TalentProfile]) (*item[TalentProfile], error) {
		p, err := room.SaveOwn(ctx, talent.Profile(in.Body))
		return oneOf((*TalentProfile)(p), err)
	})
	cultivate(s, http.MethodGet, "list-people-who-fit", "/v1/vacancies/{id}/people", "People who fit one's vacancy, masked / 匹配人员", access.TalentUse, func(ctx context.Context, in *NumberPath) (*items[TalentFit], error) {
		list, err := room.People(ctx, in.ID)
		out := make([]TalentFit, len(list))
		for i, f := range list {
			out[i] = TalentFit{Profile: TalentProfile(*f.Profile), Points: f.Points}
			for _, r := range f.Reasons {
				out[i].ZH, out[i].EN = append(out[i].ZH, r.Words.ZH), append(out[i].EN, r.Words.EN)
			}
		}
		return listOf(out, err)
	})
	cultivate(s, http.MethodPost, "apply-for-vacancy", "/v1/vacancies/{id}/applications", "Apply with one's own profile / 投递", access.TalentUse, func(ctx context.Context, in *NumberPath) (*item[JobApplication], error) {
		a, err := room.Apply(ctx, in.ID)
		return oneOf(jobOf(a), err)
	})
	cultivate(s, http.MethodGet, "list-job-applications", "/v1/job-applications", "One's own, and those to one's vacancies / 应聘", access.TalentUse, func(ctx context.Context, _ *none) (*items[JobApplication], error) {
		list, err := room.Applications(ctx)
		out := make([]JobApplication, len(list))
		for i := range list {
			out[i] = *jobOf(&list[i])
		}
		return listOf(out, err)
	})
	cultivate(s, http.MethodPost, "answer-job-application", "/v1/job-applications/{id}/answer", "Agree, decline or hire / 答复", access.TalentUse, func(ctx context.Context, in *sentTo[JobAnswer]) (*item[JobApplication], error) {
		a, err := room.Answer(ctx, in.ID, talent.State(in.Body.To))
		return oneOf(jobOf(a), err)
	})
	cultivate(s, http.MethodGet, "list-training-orders", "/v1/training-orders", "Training to order / 订单式培养", access.TalentUse, func(ctx context.Context, _ *none) (*items[TrainingOrder], error) {
		list, err := room.Orders(ctx)
		out := make([]TrainingOrder, len(list))
		for i := range list {
			out[i] = TrainingOrder(list[i])
		}
		return listOf(out, err)
	})
	cultivate(s, http.MethodPost, "place-training-order", "/v1/training-orders", "Order people of a skill with a school / 下达培养订单", access.TalentUse, func(ctx context.Context, in *sentBody[TrainingOrder]) (*item[TrainingOrder], error) {
		o, err := room.Place(ctx, talent.Order(in.Body))
		return oneOf((*TrainingOrder)(o), err)
	})
	cultivate(s, http.MethodPost, "report-training", "/v1/training-orders/{id}/progress", "Report progress / 填报进度", access.TalentUse, func(ctx context.Context, in *sentTo[TrainingProgress]) (*item[TrainingOrder], error) {
		o, err := room.Report(ctx, in.ID, talent.Progress(in.Body))
		return oneOf((*TrainingOrder)(o), err)
	})
	s.addEmployment()
}

// TalentFit is a person for a vacancy with its score of 100.
type TalentFit struct {
	Profile TalentProfile `json:"profile" doc:"Masked."`
	Points  int64         `json:"points"`
	ZH      []string      `json:"zh" doc:"Reasons."`
	EN      []string      `json:"en"`
}

// JobApplication is an application as it is answered.
type JobApplication struct {
	ID      int64          `json:"id"`
	State   talent.State   `json:"state"`
	At      int64          `json:"at" doc:"µs UTC"`
	Vacancy talent.Vacancy `json:"vacancy"`
	Profile TalentProfile  `json:"profile" doc:"Masked for the employer until the person agrees."`
	Mine    bool           `json:"mine" doc:"The caller is the person."`
}

func jobOf(a *talent.Application) *JobApplication {
	if a == nil {
		return nil
	}
	return &JobApplication{ID: a.ID, State: a.State, At: a.At, Vacancy: *a.Vacancy, Profile: TalentProfile(*a.Profile), Mine: a.Mine}
}

func (s *Server) addEmployment() {
	room := s.zone.Cultivation.Talent
	cultivate(s, http.MethodGet, "list-employments", "/v1/employments", "Employment records / 用工登记", access.TalentUse, func(ctx context.Context, _ *none) (*items[talent.Employment], error) {
		return listOf(room.Employments(ctx))
	})
	cultivate(s, http.MethodPost, "file-employment", "/v1/employments", "File that somebody works for the enterprise / 登记用工", access.TalentUse, func(ctx context.Context, in *sentBody[talent.Hire]) (*item[talent.Employment], error) {
		return oneOf(room.File(ctx, in.Body))
	})
	cultivate(s, http.MethodPost, "review-employment", "/v1/employments/{id}/review", "Confirm or refuse a record / 审核用工登记", access.TalentUse, func(ctx context.Context, in *sentTo[EmploymentReview]) (*struct{}, error) {
		return nil, room.Review(ctx, in.ID, in.Body.Confirm, in.Body.Reason)
	})
	cultivate(s, http.MethodPost, "end-employment", "/v1/employments/{id}/end", "On which day somebody left / 登记离职", access.TalentUse, func(ctx context.Context, in *sentTo[EmploymentEnd]) (*struct{}, error) {
		return nil, room.End(ctx, in.ID, in.Body.Last)
	})
	cultivate(s, http.MethodGet, "list-service", "/v1/service-years", "Service in cross-border enterprises by days / 服务年限", access.TalentUse, func(ctx context.Context, _ *none) (*items[talent.Served], error) {
		return listOf(room.Rewards(ctx))
	})
}

func (s *Server) addRepository() {
	room := s.zone.Cultivation.Repository
	cultivate(s, http.MethodGet, "list-repository", "/v1/repository", "Enterprises with their tiers / 企业培育库", access.FigureRead, func(ctx context.Context, in *struct {
		Tier    string `query:"tier" maxLength:"32"`
		Officer string `query:"officer" maxLength:"64" doc:"Account in charge; - for nobody."`
		Key     bool   `query:"key" doc:"Key enterprises alone."`
	}) (*items[RepositoryEntry], error) {
		list, err := room.Entries(ctx, repository.Query{Tier: in.Tier, Officer: in.Officer, Key: in.Key})
		out := make([]RepositoryEntry, len(list))
		for i := range list {
			out[i] = RepositoryEntry(list[i])
		}
		return listOf(out, err)
	})
	cultivate(s, http.MethodPost, "compute-tiers", "/v1/repository/computation", "Compute all tiers now / 立即计算分层", access.Cultivate, func(ctx context.Context, _ *none) (*item[TiersComputed], error) {
		n, err := room.Recompute(ctx)
		return oneOf(&TiersComputed{n}, err)
	})
	cultivate(s, http.MethodGet, "list-tiers", "/v1/repository/{code}/tiers", "Tiers over time with their working / 层级变化", access.FigureRead, func(ctx context.Context, in *RepositoryPath) (*items[repository.Past], error) {
		return listOf(room.Tiers(ctx, in.Code))
	})
	cultivate(s, http.MethodPost, "assign-officer", "/v1/repository/{code}/officer", "Put an officer in charge / 指定服务专员", access.Cultivate, func(ctx context.Context, in *struct {
		RepositoryPath
		Body struct {
			Account string `json:"account" maxLength:"64" doc:"Empty: nobody."`
		}
	}) (*struct{}, error) {
		return nil, room.Assign(ctx, in.Code, in.Body.Account)
	})
	cultivate(s, http.MethodPost, "record-visit", "/v1/repository/{code}/visits", "Record a visit / 登记走访", access.Cultivate, func(ctx context.Context, in *struct {
		RepositoryPath
		Body repository.Visit
	}) (*struct{}, error) {
		return nil, room.Visited(ctx, in.Code, in.Body)
	})
	cultivate(s, http.MethodGet, "list-visits", "/v1/repository/{code}/visits", "Visits; their notes for offices alone / 走访联系", access.FigureRead, func(ctx context.Context, in *RepositoryPath) (*items[repository.Visit], error) {
		return listOf(room.Visits(ctx, in.Code))
	})
	cultivate(s, http.MethodPost, "record-status", "/v1/repository/{code}/milestones", "Record a stage of an application for status / 资质进展", access.Cultivate, func(ctx context.Context, in *struct {
		RepositoryPath
		Body repository.Milestone
	}) (*struct{}, error) {
		return nil, room.Reach(ctx, in.Code, in.Body)
	})
	cultivate(s, http.MethodGet, "list-status", "/v1/repository/{code}/milestones", "Applications for status / 资质申报", access.FigureRead, func(ctx context.Context, in *RepositoryPath) (*items[repository.Milestone], error) {
		return listOf(room.Milestones(ctx, in.Code))
	})
}

func (s *Server) addSelfChecks() {
	room := s.zone.Cultivation.AEO
	cultivate(s, http.MethodGet, "list-self-check-questions", "/v1/aeo/questions", "Questions of the AEO self-check / 自评问题", access.FigureRead, func(context.Context, *none) (*items[SelfCheckQuestion], error) {
		list := room.Questions()
		out := make([]SelfCheckQuestion, len(list))
		for i := range list {
			out[i] = SelfCheckQuestion(list[i])
		}
		return listOf(out, nil)
	})
	cultivate(s, http.MethodPost, "make-self-check", "/v1/aeo/{code}/checks", "Answer, and be scored with the platform's figures / 提交自评", access.EvidenceFile, func(ctx context.Context, in *struct {
		RepositoryPath
		Body map[string]bool `doc:"Answers by question; what is left out is no."`
	}) (*item[SelfCheck], error) {
		c, err := room.Answer(ctx, in.Code, in.Body)
		return oneOf((*SelfCheck)(c), err)
	})
	cultivate(s, http.MethodGet, "list-self-checks", "/v1/aeo/{code}/checks", "Self-checks of an enterprise / 自评记录", access.FigureRead, func(ctx context.Context, in *RepositoryPath) (*items[SelfCheck], error) {
		list, err := room.Checks(ctx, in.Code)
		out := make([]SelfCheck, len(list))
		for i := range list {
			out[i] = SelfCheck(list[i])
		}
		return listOf(out, err)
	})
	cultivate(s, http.MethodGet, "list-self-check-tasks", "/v1/aeo/{code}/tasks", "Gaps to be closed / 整改任务", access.FigureRead, func(ctx context.Context, in *RepositoryPath) (*items[SelfCheckTask], error) {
		list, err := room.Tasks(ctx, in.Code)
		out := make([]SelfCheckTask, len(list))
		for i := range list {
			out[i] = SelfCheckTask(list[i])
		}
		return listOf(out, err)
	})
	cultivate(s, http.MethodPost, "finish-self-check-task", "/v1/aeo/{code}/tasks/{indicator}", "Call a gap closed / 登记完成", access.EvidenceFile, func(ctx context.Context, in *struct {
		RepositoryPath
		Indicator string `path:"indicator" maxLength:"64"`
		Body      struct {
			Note string `json:"note" maxLength:"500"`
		}
	}) (*struct{}, error) {
		return nil, room.Move(ctx, in.Code, in.Indicator, "done", in.Body.Note)
	})
	cultivate(s, http.MethodPost, "confirm-self-check-task", "/v1/aeo/{code}/tasks/{indicator}/confirmation", "Confirm a gap as closed, or open it again / 核实整改", access.MatterWork, func(ctx context.Context, in *struct {
		RepositoryPath
		Indicator string `path:"indicator" maxLength:"64"`
		Body      struct {
			Confirmed bool   `json:"confirmed"`
			Note      string `json:"note" maxLength:"500"`
		}
	}) (*struct{}, error) {
		to := map[bool]string{true: "confirmed", false: "open"}[in.Body.Confirmed]
		return nil, room.Move(ctx, in.Code, in.Indicator, to, in.Body.Note)
	})
}
