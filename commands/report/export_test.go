package report

// Screen is a terminal's screen for tests of the program.
type Screen = screen

func NewScreen(columns int) *Screen { return newScreen(columns) }

func (s *screen) Resize(columns int) { s.resize(columns) }

func (s *screen) Text() string { return s.text() }

// Strange are the codes that the screen does not know.
func (s *screen) Strange() string { return s.strange }
