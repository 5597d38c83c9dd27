package site

// pages registers the pages of all services, in the order of the navigation.
func (s *Site) pages() {
}
