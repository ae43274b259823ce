"""Kill the worker and the studio at random moments, and see that nothing is lost or made twice."""
