package job

import (
	"context"

	"pilotzone/internal/kernel/store"
)

// piece is the size of a part of a file in the database, before it is sealed.
const piece = 1 << 20

func aad(id, name string) []byte { return []byte("pilotzone job " + id + " " + name) }

func (q *Queue) seal(plain []byte, id, name string) []byte {
	return q.c.Keys.Seal(nil, plain, aad(id, name))
}

func (q *Queue) open(sealed []byte, id, name string) ([]byte, error) {
	return q.c.Keys.Open(nil, sealed, aad(id, name))
}

// putFile writes a file of a job, in place of one of that name.
func (q *Queue) putFile(ctx context.Context, tx *store.Tx, id, name string, data []byte) error {
	if _, err := tx.Exec(ctx, `delete from job_files where job = $1 and name = $2`, id, name); err != nil {
		return err
	}
	for n := 0; n == 0 || len(data) > 0; n++ {
		part := data[:min(piece, len(data))]
		data = data[len(part):]
		if _, err := tx.Exec(ctx, `insert into job_files (job, name, number, data) values ($1, $2, $3, $4)`, id, name, n, q.seal(part, id, name)); err != nil {
			return err
		}
	}
	return nil
}

// File reads a file that a job was given or that it made; ErrNotFound.
func (q *Queue) File(ctx context.Context, id, name string) ([]byte, error) {
	rows, err := q.c.DB.Read().QueryContext(ctx, `select data from job_files where job = $1 and name = $2 order by number`, id, name)
	if err != nil {
		return nil, store.Wrap("read file of a job", err)
	}
	defer rows.Close()
	var out []byte
	found := false
	for rows.Next() {
		var sealed []byte
		if err := rows.Scan(&sealed); err != nil {
			return nil, store.Wrap("read file of a job", err)
		}
		found = true
		if out, err = q.c.Keys.Open(out, sealed, aad(id, name)); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, store.Wrap("read file of a job", err)
	}
	if !found {
		return nil, ErrNotFound
	}
	return out, nil
}

// Files are the names of a job's files, in order.
func (q *Queue) Files(ctx context.Context, id string) ([]string, error) {
	rows, err := q.c.DB.Read().QueryContext(ctx, `select distinct name from job_files where job = $1 order by name`, id)
	if err != nil {
		return nil, store.Wrap("list files of a job", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, store.Wrap("list files of a job", err)
		}
		out = append(out, name)
	}
	return out, store.Wrap("list files of a job", rows.Err())
}
