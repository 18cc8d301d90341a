"""Whether Monitoring's judgements hold: drift found and not invented, accuracy estimated from an audit sample."""
