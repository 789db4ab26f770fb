"""Quality review of closed cases by sample 抽查: drawn so that it can be proved, reviewed by people without a part."""
