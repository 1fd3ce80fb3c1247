package dbtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Server is a PostgreSQL server of one program alone, with PostgreSQL's own
// settings: a commit is on the disk, unlike on the server that the tests share.
type Server struct {
	cluster  cluster
	home     string
	postgres *exec.Cmd
	ended    chan struct{}
}

// StartServer makes and starts a server. It fails where PostgreSQL is not
// installed. Stop it.
func StartServer() (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "catflap-postgresql-")
	if err != nil {
		return nil, err
	}
	s := &Server{cluster: cluster{Password: rand.Text()}, home: home}
	if err := s.start(bin, as); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(bin string, as *syscall.Credential) error {
	const settings = "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n"
	if err := s.cluster.initialize(bin, s.home, settings, as); err != nil {
		return err
	}
	logPath := filepath.Join(s.home, "server.log")
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	s.postgres = exec.Command(filepath.Join(bin, "postgres"), "-D", s.cluster.Folder, "-p", fmt.Sprint(s.cluster.Port))
	s.postgres.Dir, s.postgres.Stdout, s.postgres.Stderr = s.home, log, log
	s.postgres.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if err := errors.Join(s.postgres.Start(), log.Close()); err != nil {
		s.postgres = nil
		return err
	}
	s.ended, err = s.cluster.await(s.postgres, logPath)
	return err
}

// URL is the address of the server's one database, empty at first.
func (s *Server) URL() string { return s.cluster.url("postgres") }

// Stop ends the server and removes all that it had.
func (s *Server) Stop() error {
	var err error
	if s.cluster.admin != nil {
		err = s.cluster.admin.Close()
	}
	if s.postgres != nil {
		err = errors.Join(err, s.postgres.Process.Signal(syscall.SIGINT)) // ends the sessions that are left
		<-s.ended
	}
	return errors.Join(err, os.RemoveAll(s.home))
}
