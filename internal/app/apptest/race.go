package apptest

import "sync"

// AtOnce runs n calls at the same moment and counts those that report true.
func AtOnce(n int, call func(i int) bool) int {
	var group sync.WaitGroup
	start := make(chan struct{})
	won := make([]bool, n)
	for i := range n {
		group.Go(func() {
			<-start
			won[i] = call(i)
		})
	}
	close(start)
	group.Wait()
	wins := 0
	for _, w := range won {
		if w {
			wins++
		}
	}
	return wins
}
