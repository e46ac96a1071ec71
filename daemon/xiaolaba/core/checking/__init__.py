"""What is wrong or doubtful in what operators wrote, seen over the whole town."""
