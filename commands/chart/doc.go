// Package chart draws what home holds of accounts, month by month: one account as an
// SVG, or many accounts as one page of HTML that needs nothing from anywhere else.
package chart
