package ledger

import "iter"

// rowBatch is how many rows are read at once. Nothing is held open between two reads,
// however long the caller takes.
const rowBatch = 200

// inBatches yields the rows that after returns, up to rowBatch of them at a time, each
// batch being those after the last row of the one before. An error ends it.
func inBatches[T any](last T, after func(last T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			batch, err := after(last)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, row := range batch {
				if !yield(row, nil) {
					return
				}
			}
			if len(batch) < rowBatch {
				return
			}
			last = batch[len(batch)-1]
		}
	}
}
