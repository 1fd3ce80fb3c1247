package campaign

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/mail"
)

// Progress is how far a campaign is.
type Progress struct {
	Campaign
	Waiting, Sent, Failed, Dropped int
	PerMinute                      int           // left within the last minute
	Limit                          int           // a minute, that the server sets; 0 is none
	Remaining                      time.Duration // 0 when nobody can tell
	Holding                        string        // why no mail leaves at all, in words
}

// Over is how many people are through, whatever became of their message.
func (p Progress) Over() int { return p.LeftOut + p.Sent + p.Failed + p.Dropped }

// countLife is how long what was counted of the messages of a campaign is told again.
const countLife = 2 * time.Second

// standing is what was counted, and the campaign as it was read just before.
type standing struct {
	mail.CampaignCount
	of Campaign
}

// Progress looks at a campaign of the viewer's practice. ErrNotFound.
func (s *Service) Progress(ctx context.Context, campaignID string) (Progress, error) {
	practiceID, now := access.ViewerFrom(ctx).PracticeID, s.Clock.Now()
	c, err := one(ctx, s.DB, practiceID, campaignID)
	if err != nil {
		return Progress{}, err
	}
	key := practiceID + "/" + campaignID
	found, known := s.counts.get(key, now)
	if !known || found.of.Mark != c.Mark || found.of.State != c.State || found.of.Written != c.Written { // what was counted belongs to what it was then
		found.of = c
		if found.CampaignCount, err = s.Mail.CountCampaign(ctx, s.DB, practiceID, campaignID); err != nil {
			return Progress{}, err
		}
		s.counts.put(key, found, now.Add(countLife))
	}
	p := Progress{
		Campaign: c, Waiting: found.Waiting, Failed: found.Failed, Dropped: found.Dropped, PerMinute: found.Lately,
		Limit: s.Mail.PerPractice(), Holding: s.Mail.Holding(),
	}
	p.Sent = max(0, p.Written-p.Waiting-p.Failed-p.Dropped)
	if p.State == Running && p.Waiting == 0 {
		p.State = Done // the watch notes it down
	}
	p.Remaining = p.remaining()
	return p, nil
}

// remaining is how long it still takes at the rate of the last minute, or at the
// limit, whichever is slower.
func (p Progress) remaining() time.Duration {
	rate := p.PerMinute
	if p.Limit > 0 && (rate == 0 || rate > p.Limit) {
		rate = p.Limit
	}
	left := p.Waiting + max(0, p.Total-p.Looked)
	if rate == 0 || left == 0 || !p.UnderWay() {
		return 0
	}
	return (time.Duration(left) * time.Minute / time.Duration(rate)).Round(time.Second)
}
