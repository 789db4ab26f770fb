"""Where promises will break, who passes them on, which closings are doubtful; cases looked at again by sample."""
