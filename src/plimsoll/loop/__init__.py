"""The loop: scope, plan, prove, decide, watch, respond, report (seven Django apps)."""
