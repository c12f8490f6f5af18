"""Plan: requirements as work with owner, place and due date; risks."""
