package pims

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
)

// rejectsAtOnce is how many rejected rows one transaction stores.
const rejectsAtOnce = 500

func placeOfReject(importID string, number int) string {
	return fmt.Sprintf("import_reject/sealed/%s/%d", importID, number)
}

// keepRejects stores the rejected rows, their cells sealed so that they can be
// had for correction.
func (s *Service) keepRejects(ctx context.Context, im Import, rejects []Reject) error {
	if len(rejects) == 0 {
		return nil
	}
	var box *secret.Box
	number := 0
	for some := range slices.Chunk(rejects, rejectsAtOnce) {
		if err := s.DB.Write(ctx, func(tx *db.Tx) error {
			if err := s.mine(ctx, tx, im); err != nil {
				return err
			}
			if number == 0 {
				var err error
				if box, err = s.newKey(ctx, tx, im, keyOfRejects, rejectsKept); err != nil {
					return err
				}
			}
			for i, r := range some {
				if len(r.cells) > 0 {
					text, err := json.Marshal(r.cells)
					if err != nil {
						return err
					}
					if r.sealed, err = box.Seal(placeOfReject(im.ID, number+i), text); err != nil {
						return err
					}
				}
				if err := insertReject(ctx, tx, im, number+i, r); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		number += len(some)
	}
	return nil
}
