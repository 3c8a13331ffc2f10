//! `report.html`: the run's figures as pictures, in one file without scripts
//! or outside references. The figures themselves are `ReportData`'s.
