// Command catflap is the login, security and client-onboarding server for
// animal-care practices.
package main

import "catflap/internal/cli"

// version is set when the binary is built.
var version = "dev"

func main() { cli.Main(version) }
