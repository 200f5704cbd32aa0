package backfill

import "testing"

func TestOriginPace(t *testing.T) {
	var p originPace
	post := KnownPost{URI: "https://photos.example/1"}
	for i := 1; i < suspiciousRow; i++ {
		if suspicious, hopeless := p.refused(post); suspicious || hopeless || p.before() != 0 {
			t.Fatalf("suspicious already after %d empty answers", i)
		}
	}
	if posts, suspicious := p.answered(); suspicious || len(posts) != suspiciousRow-1 {
		t.Errorf("a short row: %d posts, suspicious %v", len(posts), suspicious)
	}

	told := 0
	for i := 1; i <= hopelessRow; i++ {
		suspicious, hopeless := p.refused(post)
		if suspicious {
			told++
		}
		if hopeless != (i == hopelessRow) {
			t.Errorf("hopeless %v after %d", hopeless, i)
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if p.before() != longPause {
		t.Errorf("pause %v", p.before())
	}
	if posts, suspicious := p.answered(); !suspicious || len(posts) != hopelessRow {
		t.Errorf("a long row: %d posts, suspicious %v", len(posts), suspicious)
	}
	for range 10 {
		p.answered()
	}
	if p.before() != 0 {
		t.Errorf("answers do not end the pause: %v", p.before())
	}
}
