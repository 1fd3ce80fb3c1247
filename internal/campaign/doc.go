// Package campaign is writing to pet parents: what their messages are filled
// with, single letters, and one text to many ("Email Alerts").
package campaign
