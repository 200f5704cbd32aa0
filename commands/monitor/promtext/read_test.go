package promtext

import "testing"

func TestRead(t *testing.T) {
	const head = "# HELP up Whether.\n# TYPE up gauge\n"
	got, err := Read(head + "up{a=\"x\\\"\",b=\"\"} 1\nup 2.5\n")
	if err != nil || len(got) != 2 || got["up"] != 2.5 || got[`up{a="x\"",b=""}`] != 1 {
		t.Errorf("%v, %v", got, err)
	}
	for _, wrong := range []string{
		"", "up 1\n", head, head + "up 1", head + "up 1\nup 1\n", head + "up x\n", head + "up{a=\"1\",} 1\n",
		head + "up{a=1} 1\n", head + "up{a=\"\"\"} 1\n", head + "up{a=\"1\",a=\"2\"} 1\n", head + "down 1\n",
		head + "up 1\n" + head + "up{a=\"1\"} 1\n", "# TYPE up gauge\nup 1\n", "# HELP up Whether.\nup 1\n",
		"# HELP up_total Whether.\n# TYPE up_total gauge\nup_total 1\n", "# HELP up Whether.\n# TYPE up counter\nup 1\n",
		head + "up 1 \n", head + "\nup 1\n", head + "up 1 1700000000\n",
	} {
		if got, err := Read(wrong); err == nil {
			t.Errorf("%q is read as %v", wrong, got)
		}
	}
}
