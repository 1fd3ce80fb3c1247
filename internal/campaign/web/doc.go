// Package campaignweb is writing to pet parents as pages and JSON operations.
package campaignweb
